// A LiveWorld over each way of writing: both must keep the same promises. Tests that use it are TEST_P, and say
//   INSTANTIATE_TEST_SUITE_P(Io, X, kBothIo, io_name);
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "central/live/live_world.h"
#include "central/live/writer.h"

namespace holeshot::live {

class IoWorld : public ::testing::TestWithParam<Io>, public LiveWorld {
 protected:
  void SetUp() override {
    LoopCounters counters;
    if (!make_writer(GetParam(), counters)) GTEST_SKIP() << "this kernel does not let us have io_uring";
    io_ = GetParam();
  }
};

inline const auto kBothIo = ::testing::Values(Io::kEpoll, Io::kIoUring);
inline std::string io_name(const ::testing::TestParamInfo<Io>& param) {
  return std::string{to_string(param.param)};
}

}  // namespace holeshot::live

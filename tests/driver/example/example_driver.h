// The smallest driver there is, to start a new one from: every line of text is a record. Not part of any program.
#pragma once

#include <string>

#include "gateway/driver/driver.h"

namespace holeshot::driver::example {

[[nodiscard]] DriverInfo info();

class ExampleDriver final : public Driver {
 public:
  static constexpr std::size_t kMaxLine = 200;

  void opened(Moment now) override;
  void broken(Moment now) override;
  void feed(base::ByteView bytes, Moment now, const RecordSink& sink) override;
  void tick(Moment) override {}
  [[nodiscard]] std::uint64_t due_us() const override { return kNever; }
  [[nodiscard]] DriverHealth health() const override { return health_; }

 private:
  void drop();
  std::string line_;
  DriverHealth health_;
};

}  // namespace holeshot::driver::example

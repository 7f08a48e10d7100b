// The driver for MYLAPS P3 (docs/p3.md).
#pragma once

#include "common/p3/frame.h"
#include "gateway/driver/driver.h"

namespace holeshot::driver::p3 {

[[nodiscard]] DriverInfo info();

class P3Driver final : public Driver {
 public:
  explicit P3Driver(DriverOptions options);

  void opened(Moment now) override;
  void broken(Moment now) override;
  void feed(base::ByteView bytes, Moment now, const RecordSink& sink) override;
  void tick(Moment now) override;
  [[nodiscard]] std::uint64_t due_us() const override;
  [[nodiscard]] DriverHealth health() const override;

 private:
  const DriverOptions options_;
  holeshot::p3::Framer framer_;
  std::uint64_t last_byte_us_ = 0;  // monotonic
};

}  // namespace holeshot::driver::p3

// EventOffice: REST's resources, of a central that runs somewhere or out of a folder that this process opens.
#pragma once

#include <memory>
#include <string>

#include "central/http/router.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::central_app {

// One thread at a time.
class EventOffice {
 public:
  // Asks the central at this address.
  [[nodiscard]] static base::Result<EventOffice> call(const std::string& url);
  // Opens central's folder. To read, it works beside a running central; to write, no central may run on it. What REST
  // answers from is derived anew into a file that goes with this object, so a long log takes a while.
  enum class Purpose : std::uint8_t { kRead, kWrite };
  [[nodiscard]] static base::Result<EventOffice> enter(const std::string& data, const base::Clock& clock,
                                                       Purpose purpose);
  EventOffice(EventOffice&&) noexcept;
  ~EventOffice();

  // Whatever REST answers, a problem too.
  [[nodiscard]] base::Result<http::Response> ask(http::Request request);

 private:
  struct Inner;
  explicit EventOffice(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::central_app

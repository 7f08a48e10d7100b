// HttpLink: one keep-alive connection to central, as plain as can be, so that what fails is central's doing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/fd.h"

namespace holeshot::storm {

class HttpLink {
 public:
  // The whole answer, head and body, to one request; connects where needed. Empty where the line broke, or said nothing
  // for longer than any answer takes. Bodies of answers are one JSON object.
  [[nodiscard]] std::string exchange(std::uint16_t port, std::string_view method, std::string_view path,
                                     std::string_view body);
  void close() { socket_.reset(); }

 private:
  [[nodiscard]] bool connect(std::uint16_t port);
  [[nodiscard]] bool send(std::string_view text) const;

  base::UniqueFd socket_;
  std::uint16_t connected_to_ = 0;
};

}  // namespace holeshot::storm

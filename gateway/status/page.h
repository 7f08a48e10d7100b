// The page, as it was joined from page/ when the program was built.
#pragma once

#include <string>
#include <string_view>

namespace holeshot::status {

// HTML in which every {{nonce}} stands for the nonce of the answer's Content-Security-Policy.
[[nodiscard]] std::string_view page_html();

// 128 random bits, for one answer.
[[nodiscard]] std::string make_nonce();
[[nodiscard]] std::string page_with(const std::string& nonce);

}  // namespace holeshot::status

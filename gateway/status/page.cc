#include "gateway/status/page.h"

#include <random>

namespace holeshot::status {

std::string make_nonce() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string nonce;
  for (int i = 0; i < 32; ++i) nonce += kDigits[random() % 16];
  return nonce;
}

std::string page_with(const std::string& nonce) {
  static constexpr std::string_view kMark = "{{nonce}}";
  std::string html{page_html()};
  for (auto at = html.find(kMark); at != std::string::npos; at = html.find(kMark, at)) {
    html.replace(at, kMark.size(), nonce);
  }
  return html;
}

}  // namespace holeshot::status

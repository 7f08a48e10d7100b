#include "tools/load/http_exchange.h"

#include <gtest/gtest.h>

#include <random>

namespace holeshot::load {
namespace {

TEST(HttpAnswer, IsReadWhenAllOfItIsThere) {
  const std::string whole =
      "HTTP/1.1 503 Service Unavailable\r\nretry-AFTER: 30\r\nConnection: close\r\nContent-Length: "
      "2\r\n\r\n{}";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto part = read_answer(std::string_view{whole}.substr(0, size));
    ASSERT_TRUE(part) << size;
    EXPECT_FALSE(*part) << size;
  }
  const HttpAnswer answer = base::value_or_die(read_answer(whole)).value();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.retry_after_s, 30U);
  EXPECT_TRUE(answer.closes);
  EXPECT_EQ(answer.body, "{}");
}

TEST(HttpAnswer, OfSomebodyElseIsNone) {
  for (const char* text :
       {"<html>\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/2 200\r\nContent-Length: 0\r\n\r\n"})
    EXPECT_FALSE(read_answer(text)) << text;
  EXPECT_FALSE(read_answer(std::string(20'000, 'x'))) << "no end in sight";
}

TEST(HttpAnswer, TakesAnyBytes) {
  std::mt19937 random(8);
  const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
  for (int i = 0; i < 20'000; ++i) {
    std::string bent = good.substr(0, random() % (good.size() + 1));
    if (!bent.empty()) bent[random() % bent.size()] = static_cast<char>(random());
    [[maybe_unused]] const auto any = read_answer(bent);
  }
}

}  // namespace
}  // namespace holeshot::load

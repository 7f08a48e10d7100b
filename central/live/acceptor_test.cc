#include "central/live/acceptor.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <vector>

#include "central/live/ws_client.h"

namespace holeshot::live {
namespace {

int option_of(const base::UniqueFd& fd, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(fd.get(), level, option, &value, &size), 0);
  return value;
}

TEST(Acceptor, WhatItAcceptsIsReadyForSmallWritesAndForPeersThatVanish) {
  LiveConfig config;
  config.send_buffer_bytes = 32 * 1024;
  Acceptor acceptor = base::value_or_die(Acceptor::listen(config));
  const base::UniqueFd client = base::value_or_die(connect_tcp("127.0.0.1", acceptor.port()));
  std::vector<base::UniqueFd> taken;
  acceptor.accept_some([&](base::UniqueFd fd) { taken.push_back(std::move(fd)); });
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_NE(option_of(taken[0], IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_EQ(option_of(taken[0], IPPROTO_TCP, TCP_USER_TIMEOUT), 60'000);
  EXPECT_EQ(option_of(taken[0], SOL_SOCKET, SO_SNDBUF), 2 * config.send_buffer_bytes)
      << "the kernel counts double";
}

TEST(Acceptor, TakesASliceOfARushAndTheRestTheNextTime) {
  Acceptor acceptor = base::value_or_die(Acceptor::listen({}));
  std::vector<base::UniqueFd> clients;
  for (int i = 0; i < 100; ++i)
    clients.push_back(base::value_or_die(connect_tcp("127.0.0.1", acceptor.port())));
  std::vector<base::UniqueFd> taken;
  const auto take = [&](base::UniqueFd fd) { taken.push_back(std::move(fd)); };
  acceptor.accept_some(take);
  EXPECT_EQ(taken.size(), 64U);
  acceptor.accept_some(take);
  EXPECT_EQ(taken.size(), 100U);
}

}  // namespace
}  // namespace holeshot::live

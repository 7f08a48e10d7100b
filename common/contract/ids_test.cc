#include "common/contract/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "common/contract/ulid.h"

namespace holeshot::contract {
namespace {

TEST(DerivedId, IsAFunctionOfSourceAndOrdinalAlone) {
  const std::string id = derived_id("zolder:gate:boot:42", 0);
  EXPECT_EQ(id, derived_id("zolder:gate:boot:42", 0));
  std::string written = "what stood there before, longer than an id is";
  write_derived_id("zolder:gate:boot:42", 0, written);
  EXPECT_EQ(written, id);
  EXPECT_NE(id, derived_id("zolder:gate:boot:42", 1));
  EXPECT_NE(id, derived_id("zolder:gate:boot:4", 20));
  EXPECT_TRUE(is_event_id(id)) << id;
  EXPECT_EQ(id[14], '8');
  // Stored logs depend on this very text: changing it would change every derived event.
  EXPECT_EQ(id, "04654811-09f2-8778-bb6e-8772ac5c56fd");
}

TEST(DerivedId, DoesNotRepeat) {
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 10'000; ++i) seen.insert(derived_id("k", i));
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Sha256, MatchesFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace holeshot::contract

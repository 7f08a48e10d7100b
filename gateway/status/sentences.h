// Every sentence that a volunteer can get to read, in one table: worst problem first. Words for people who have never
// seen this program: no jargon, and what to do.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace holeshot::status {

// The order is "worse": max() of two is the worse one.
enum class Level : std::uint8_t { kGreen, kAmber, kRed };
[[nodiscard]] std::string_view to_string(Level level);

// Whose lamp a sentence belongs to. The laptop (power) and notes have no lamp of their own.
enum class Part : std::uint8_t { kDecoder, kDisk, kCentral, kLaptop };
[[nodiscard]] std::string_view to_string(Part part);

// {name} in sentence and action is filled in. Within a level, what stands earlier is worse.
struct Sentence {
  std::string_view key;
  Part part;
  Level level;  // green: a note, or the words of a lamp that is green
  std::string_view sentence;
  std::string_view action;
};
[[nodiscard]] std::span<const Sentence> sentences();
// REQUIRES: the table has it.
[[nodiscard]] const Sentence& sentence_of(std::string_view key);

// What an uploader's reason means; nullptr where the table does not know it.
[[nodiscard]] const Sentence* sentence_of_reason(std::string_view reason);

using Words = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] std::string fill(std::string_view text, const Words& words);

// "14 s", "3 min", "41 h", "6 days": how people say it, rounded down.
[[nodiscard]] std::string span_text(std::uint64_t us);
// "12,345"
[[nodiscard]] std::string count_text(std::uint64_t count);

}  // namespace holeshot::status

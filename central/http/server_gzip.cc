#include "central/http/server_gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace holeshot::http {

using base::Code;
using base::fail;

namespace {

constexpr int kGzipWindow = 15 + 16;  // largest window; +16: with gzip's head and tail
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr std::size_t kPiece = 64U << 10;

// zlib reads through a pointer to non-const and does not write.
Bytef* bytes_of(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

struct Inflater {
  z_stream stream{};
  Inflater() { HOLESHOT_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK, "memory for zlib"); }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

base::Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string plain;
  std::array<char, kPiece> piece;
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = piece.size() - stream.avail_out;
    if (made > max_bytes - plain.size()) {
      return fail(Code::kFull, "gunzip: more than " + std::to_string(max_bytes) + " bytes come out");
    }
    plain.append(piece.data(), made);
    if (code == Z_STREAM_END) break;
    if (code != Z_OK || (made == 0 && stream.avail_in == 0)) {
      return fail(Code::kInvalid, "gunzip: the body is not whole, valid gzip");
    }
  }
  if (stream.avail_in != 0) return fail(Code::kInvalid, "gunzip: bytes behind the end of the gzip data");
  return plain;
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  constexpr int kLevel = 6;  // zlib's default: more costs time and gains a few percent
  HOLESHOT_CHECK(
      deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK,
      "memory for zlib");
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = bytes_of(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  HOLESHOT_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflateBound is a bound");
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace holeshot::http

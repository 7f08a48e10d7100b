#include "common/base/json_text.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonText, EscapesAsRfc8785Does) {
  EXPECT_EQ(quoted("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(quoted("\b\t\n\f\r"), R"("\b\t\n\f\r")");
  EXPECT_EQ(quoted(std::string_view{"\0\x1f\x7f", 3}), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(quoted("Zoë 😀"), "\"Zoë 😀\"");
}

TEST(JsonText, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(quoted("a\xFF"
                   "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(quoted("\xC3"), "\"\xEF\xBF\xBD\"");                                  // cut short
  EXPECT_EQ(quoted("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // overlong
  EXPECT_EQ(quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // surrogate
}

TEST(JsonText, TellsUtf8FromOtherBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Zoë 😀"));
  EXPECT_FALSE(is_utf8("ab\xC3"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
}

// Plain text is looked through by eight bytes, so each byte has its turn at each place.
TEST(JsonText, EveryByteIsEscapedWhereverItStands) {
  for (int code = 0; code < 128; ++code) {
    const char c = static_cast<char>(code);
    std::string alone;
    append_json_string(alone, std::string_view{&c, 1});
    const std::string escaped = alone.substr(1, alone.size() - 2);
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'a');
      text[at] = c;
      std::string out;
      append_json_string(out, text);
      EXPECT_EQ(out, "\"" + std::string(at, 'a') + escaped + std::string(19 - at, 'a') + "\"")
          << code << " at " << at;
    }
  }
}

TEST(JsonText, WriterPlacesCommasByItself) {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  w.field("a", std::uint64_t{18446744073709551615U});
  w.key("b");
  w.open_array();
  w.number(1);
  w.string("x");
  w.null();
  w.open_object();
  w.close_object();
  w.close_array();
  w.field_bool("c", true);
  w.field_raw("d", R"({"e":1})");
  w.key("f");
  w.number_signed(-3);
  w.close_object();
  EXPECT_EQ(out, R"({"a":18446744073709551615,"b":[1,"x",null,{}],"c":true,"d":{"e":1},"f":-3})");
}

}  // namespace
}  // namespace holeshot::base

# Joins the page's three files into one C++ source: cmake -D FROM=<folder> -D TO=<file> -P page.cmake
cmake_minimum_required(VERSION 3.25)
file(READ "${FROM}/index.html" html)
file(READ "${FROM}/style.css" css)
file(READ "${FROM}/page.js" js)
string(REPLACE "{{style}}" "${css}" html "${html}")
string(REPLACE "{{script}}" "${js}" html "${html}")
# A string literal may hold 64 KiB by the standard; in pieces it may be as long as it likes.
string(LENGTH "${html}" length)
set(pieces "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${html}" ${at} 8000 piece)
  string(APPEND pieces "R\"__page__(${piece})__page__\"\n")
  math(EXPR at "${at} + 8000")
endwhile()
file(WRITE "${TO}" "#include \"gateway/status/page.h\"\n\nnamespace holeshot::status {\n
std::string_view page_html() {\n  return ${pieces};\n}\n\n}  // namespace holeshot::status\n")

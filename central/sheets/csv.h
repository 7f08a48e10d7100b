// CSV as RFC 4180 has it, read and written. Pure.
//
// Read: quoted cells with commas, line breaks and doubled quotes in them; lines that end in CRLF, LF or CR; a byte order
// mark; and the semicolon that spreadsheets of half of Europe write, told by the first line. Written: commas, CRLF, UTF-8.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::sheets {

// Where a text is wrong, for people who look at it in a spreadsheet.
struct Fault {
  std::size_t line = 0;  // of the text, from 1; a row's first line
  std::string column;    // its name; empty where it is the whole row
  std::string why;
};

struct CsvRow {
  std::size_t line = 0;  // where it begins in the text, from 1
  std::vector<std::string> cells;
};

// kInvalid, naming the line: a quote that is never closed, text after a closed quote, bytes that are not UTF-8, a NUL.
// Rows without any text are left out.
[[nodiscard]] base::Result<std::vector<CsvRow>> parse_csv(std::string_view text);

// A table with a head: cells by column name. Names are compared without regard to case, blanks and underscores, so
// "Plate number" is plate_number.
struct Table {
  struct Row {
    std::size_t line = 0;
    std::map<std::string, std::string>
        cells;  // by the name in `known`; blanks around them taken off; no empty ones
  };
  std::vector<Row> rows;
  std::vector<Fault> faults;  // of head and rows: unknown, missing, doubled columns; rows that are too long
};
// `known`: columns that may be; `required`: those that have to be. A row with a fault is left out of `rows`; none is
// there where the head has one. kInvalid as parse_csv(), or where there is no head.
[[nodiscard]] base::Result<Table> read_table(std::string_view text,
                                             const std::vector<std::string_view>& known,
                                             const std::vector<std::string_view>& required);

// One line with its CRLF. A cell is quoted where it has to be.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace holeshot::sheets

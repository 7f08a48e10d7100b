#include "central/sheets/csv.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace holeshot::sheets {

using base::fail;
using base::Code::kInvalid;

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// How many bytes a UTF-8 character with this first byte has; 0 where none begins so.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto at = [&](std::size_t n) { return static_cast<unsigned char>(text[i + n]); };
    const std::size_t length = length_of(at(0));
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t n = 1; n < length; ++n) {
      if ((at(n) & 0xC0U) != 0x80U) return false;
    }
    // Overlong forms, surrogates, and what is past the last code point.
    if ((at(0) == 0xE0 && at(1) < 0xA0) || (at(0) == 0xED && at(1) > 0x9F) ||
        (at(0) == 0xF0 && at(1) < 0x90) || (at(0) == 0xF4 && at(1) > 0x8F))
      return false;
    i += length;
  }
  return true;
}

// Semicolon where the first line has more of them than commas outside quotes.
char delimiter_of(std::string_view text) {
  std::ptrdiff_t balance = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    if (c == ',') ++balance;
    if (c == ';') --balance;
  }
  return balance < 0 ? ';' : ',';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), delimiter_(delimiter_of(text)) {}

  base::Result<std::vector<CsvRow>> run() {
    row_.line = line_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' && cell_.empty() && !closed_) {
        HOLESHOT_TRY(quoted());
      } else if (c == delimiter_) {
        end_cell();
        ++at_;
      } else if (c == '\n' || c == '\r') {
        at_ += text_.substr(at_).starts_with("\r\n") ? 2U : 1U;
        ++line_;
        end_row();
      } else if (closed_) {
        return wrong(line_, "text after a closed quote");
      } else {
        cell_.push_back(c);
        ++at_;
      }
    }
    if (!cell_.empty() || closed_ || !row_.cells.empty()) end_row();
    return std::move(rows_);
  }

 private:
  base::Status quoted() {
    const std::size_t began = line_;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
      } else if (c == '"') {
        ++at_;
        closed_ = true;
        return {};
      }
      if (c == '\n' || (c == '\r' && !text_.substr(at_).starts_with("\r\n"))) ++line_;
      cell_.push_back(c);
    }
    return wrong(began, "a quote that is never closed");
  }
  void end_cell() {
    row_.cells.push_back(std::move(cell_));
    cell_.clear();
    closed_ = false;
  }
  void end_row() {
    end_cell();
    const bool empty = std::all_of(row_.cells.begin(), row_.cells.end(),
                                   [](const std::string& cell) { return cell.empty(); });
    if (!empty) rows_.push_back(std::move(row_));
    row_ = {};
    row_.line = line_;
  }
  static std::unexpected<base::Error> wrong(std::size_t line, const std::string& what) {
    return fail(kInvalid, "line " + std::to_string(line) + ": " + what);
  }

  const std::string_view text_;
  const char delimiter_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool closed_ = false;  // the cell at hand was quoted and is complete
  std::string cell_;
  CsvRow row_;
  std::vector<CsvRow> rows_;
};

std::string trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string{text};
}

std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '-')
      out.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

// The head's columns by position; an empty name is a column that is passed over.
std::vector<std::string> read_head(const CsvRow& head, const std::vector<std::string_view>& known,
                                   const std::vector<std::string_view>& required,
                                   std::vector<Fault>& faults) {
  std::vector<std::string> columns;
  std::set<std::string> seen;
  for (const auto& cell : head.cells) {
    const std::string given = trimmed(cell);
    const auto match = std::find_if(known.begin(), known.end(), [&](std::string_view name) {
      return plain_name(name) == plain_name(given);
    });
    columns.emplace_back(match == known.end() ? std::string_view{} : *match);
    if (given.empty()) continue;
    if (match == known.end()) {
      faults.push_back({head.line, given, "is no column of this list"});
    } else if (!seen.insert(columns.back()).second) {
      faults.push_back({head.line, columns.back(), "stands twice in the head"});
    }
  }
  for (const auto name : required) {
    if (!seen.contains(std::string{name}))
      faults.push_back({head.line, std::string{name}, "is missing in the head"});
  }
  return columns;
}

}  // namespace

base::Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\0') != std::string_view::npos)
    return fail(kInvalid, "the text holds a NUL byte", "save it as CSV in UTF-8");
  if (!is_utf8(text)) return fail(kInvalid, "the text is not UTF-8", "save it as CSV in UTF-8");
  return Parser{text}.run();
}

base::Result<Table> read_table(std::string_view text, const std::vector<std::string_view>& known,
                               const std::vector<std::string_view>& required) {
  HOLESHOT_ASSIGN(const auto rows, parse_csv(text));
  if (rows.empty()) return fail(kInvalid, "the text is empty", "its first line names the columns");
  Table table;
  const auto columns = read_head(rows.front(), known, required, table.faults);
  if (!table.faults.empty()) return table;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].cells.size() > columns.size()) {
      table.faults.push_back({rows[i].line, "", "has more cells than the head"});
      continue;
    }
    Table::Row row{rows[i].line, {}};
    for (std::size_t cell = 0; cell < rows[i].cells.size(); ++cell) {
      std::string value = trimmed(rows[i].cells[cell]);
      if (!value.empty() && !columns[cell].empty()) row.cells[columns[cell]] = std::move(value);
    }
    if (!row.cells.empty()) table.rows.push_back(std::move(row));
  }
  return table;
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.push_back(',');
    const std::string& cell = cells[i];
    // A lone empty cell would be an empty line, which is no row.
    const bool alone = cells.size() == 1 && cell.empty();
    const bool blanks = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
    if (!alone && !blanks && cell.find_first_of(",;\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line.push_back('"');
    for (const char c : cell) {
      if (c == '"') line.push_back('"');
      line.push_back(c);
    }
    line.push_back('"');
  }
  return line + "\r\n";
}

}  // namespace holeshot::sheets

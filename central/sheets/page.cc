#include "central/sheets/page.h"

namespace holeshot::sheets {

namespace {

constexpr std::string_view kStyle = R"css(
:root { font: 11pt/1.35 system-ui, "Liberation Sans", Arial, sans-serif; color: #000; background: #fff; }
body { max-width: 190mm; margin: 8mm auto; padding: 0 4mm; }
h1 { font-size: 18pt; margin: 0; }
h2 { font-size: 13pt; margin: 8mm 0 1mm; }
p { margin: 0 0 2mm; color: #333; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-bottom: .2mm solid #999; padding: 1mm 2mm; text-align: left; vertical-align: top; }
th { border-bottom: .4mm solid #000; }
@page { size: A4; margin: 12mm; }
@media print {
  body { margin: 0; padding: 0; max-width: none; }
  section { break-inside: avoid; }
  section.page { break-before: page; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
)css";

std::string row_of(const std::vector<std::string>& cells, const char* tag) {
  std::string row = "<tr>";
  for (const auto& cell : cells) {
    row.append("<").append(tag).append(tag == std::string_view{"th"} ? " scope=\"col\">" : ">");
    row.append(escaped(cell)).append("</").append(tag).append(">");
  }
  return row + "</tr>\n";
}

std::string section_of(const PageTable& table) {
  std::string html = table.new_page ? "<section class=\"page\">\n" : "<section>\n";
  html += "<h2>" + escaped(table.heading) + "</h2>\n";
  if (!table.note.empty()) html += "<p>" + escaped(table.note) + "</p>\n";
  html += "<table>\n<thead>" + row_of(table.columns, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += row_of(row, "td");
  return html + "</tbody>\n</table>\n</section>\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string html_page(std::string_view title, std::string_view subtitle,
                      const std::vector<PageTable>& tables) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" +
                     escaped(title) + "</title>\n<style>" + std::string{kStyle} +
                     "</style>\n</head>\n<body>\n<h1>" + escaped(title) + "</h1>\n<p>" + escaped(subtitle) +
                     "</p>\n";
  for (const auto& table : tables) html += section_of(table);
  return html + "</body>\n</html>\n";
}

}  // namespace holeshot::sheets

#include "gateway/app/spool_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "common/base/json_text.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/spool_text.h"
#include "gateway/status/sentences.h"

namespace holeshot::app {

namespace {

constexpr const char* kStdout = "-";

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};

// Half a file under the name of a whole one would be taken for whole.
class Target {
 public:
  [[nodiscard]] static base::Result<Target> open(const std::string& path) {
    Target target(path);
    if (path == kStdout) {
      target.file_.reset(stdout);
      return target;
    }
    if (::access(path.c_str(), F_OK) == 0) {
      return base::fail(base::Code::kConflict, "export to " + path + ": there is such a file already",
                        "name another one, or remove that one first");
    }
    target.file_.reset(std::fopen(target.part_.c_str(), "we"));
    if (!target.file_) return base::fail_errno("open", target.part_, errno);
    return target;
  }
  Target(Target&& other) noexcept = default;
  Target& operator=(Target&&) = delete;
  ~Target() {
    if (file_ && path_ != kStdout) ::unlink(part_.c_str());
  }

  bool write(std::string_view text) {
    bytes_ += text.size();
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size()) return true;
    if (error_ == 0) error_ = errno;
    return false;
  }
  base::Status finish() {
    if (error_ == 0 && std::fflush(file_.get()) != 0) error_ = errno;
    if (path_ == kStdout) return failure();
    if (error_ == 0 && ::fsync(::fileno(file_.get())) != 0) error_ = errno;
    if (error_ == 0 && std::rename(part_.c_str(), path_.c_str()) != 0) error_ = errno;
    HOLESHOT_TRY(failure());
    file_.reset();
    return {};
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  explicit Target(const std::string& path) : path_(path), part_(path + ".part") {}
  [[nodiscard]] base::Status failure() const {
    if (error_ == 0) return {};
    return base::fail_errno("write", path_ == kStdout ? "the output" : part_, error_);
  }
  std::string path_;
  std::string part_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::uint64_t bytes_ = 0;
  int error_ = 0;
};

struct Tally {
  std::uint64_t rows = 0;
  std::uint64_t left_out = 0;  // rows that are no P3 frames
};

std::string text_of(const spool::SpoolRow& row, ExportFormat format) {
  if (format == ExportFormat::kP3) return p3_frame(row);
  return (format == ExportFormat::kCsv ? csv_line(row) : row_json(row)) + "\n";
}

base::Result<Tally> write_rows(const SpoolAsk& ask, ExportFormat format, Target& target) {
  HOLESHOT_ASSIGN(auto view, open_view(ask.place.path));
  Progress progress("export", rows_about(view));
  Tally tally;
  if (format == ExportFormat::kCsv) target.write(csv_header() + "\n");
  HOLESHOT_TRY(view.each(
      ask.filter,
      [&](const spool::SpoolRow& row) {
        const std::string text = text_of(row, format);
        ++(text.empty() ? tally.left_out : tally.rows);
        return target.write(text);
      },
      [&](std::uint64_t rows) { progress.at(rows); }));
  HOLESHOT_TRY(target.finish());
  return tally;
}

std::string tally_json(const Tally& tally, const std::string& out, std::uint64_t bytes) {
  std::string text;
  base::JsonWriter w(text);
  w.open_object();
  w.field("file", out);
  w.field("rows", tally.rows);
  w.field("left_out", tally.left_out);
  w.field("bytes", bytes);
  w.close_object();
  return text;
}

}  // namespace

int spool_export(const SpoolAsk& ask, ExportFormat format, const std::string& out) {
  auto target = Target::open(out);
  if (!target) return report(target.error(), kExitFailed);
  const auto tally = write_rows(ask, format, *target);
  if (!tally) return report(tally.error(), kExitFailed);
  if (ask.output == Output::kJson && out != kStdout) {
    print(tally_json(*tally, out, target->bytes()));
    return kExitOk;
  }
  std::string said = status::count_text(tally->rows) + " records exported";
  if (out != kStdout) said += " to " + out;
  if (tally->left_out > 0)
    said += "; " + status::count_text(tally->left_out) + " left out, which are no P3 frames";
  std::fprintf(stderr, "%s\n", said.c_str());
  return kExitOk;
}

}  // namespace holeshot::app

#include "gateway/app/line.h"

#include <filesystem>
#include <utility>

#include "common/base/log.h"
#include "gateway/driver/table/driver_table.h"

namespace holeshot::app {

using source::SourceUrl;

namespace {

std::string kind_of(const SourceUrl& url) {
  switch (url.kind) {
    case SourceUrl::Kind::kTcp:
      return "tcp";
    case SourceUrl::Kind::kSerial:
      return "serial";
    case SourceUrl::Kind::kFile:
      return "file";
  }
  return "tcp";
}

// Where a person would look for it.
std::string place_of(const SourceUrl& url) {
  switch (url.kind) {
    case SourceUrl::Kind::kTcp:
      return (url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]") + ":" +
             std::to_string(url.port);
    case SourceUrl::Kind::kSerial:
      return url.usb ? "USB adapter " + url.usb->str() : url.path;
    case SourceUrl::Kind::kFile:
      return std::filesystem::path(url.path).filename().string();
  }
  return url.text;
}

}  // namespace

Line::Line(SourceUrl url, bool passive)
    : url_(std::move(url)), name_(url_.name.empty() ? url_.text : url_.name), passive_(passive) {}

Line::~Line() {
  stop();
  // The re-serve's thread may not wake a reader that is gone.
  if (reserve_) reserve_->on_requests({});
}

base::Result<std::unique_ptr<Line>> Line::open(SourceUrl url, LineNeeds needs, const base::Clock& clock,
                                               contract::UlidMaker& ulids) {
  HOLESHOT_ASSIGN(
      const driver::DriverInfo protocol,
      driver::find_driver(url.driver, url.kind == SourceUrl::Kind::kTcp ? url.port : std::uint16_t{0}));
  if (!url.port_given && protocol.default_port != 0) url.port = protocol.default_port;
  std::unique_ptr<Line> line{new Line(url, needs.passive || url.passive)};
  std::vector<source::Tap*> taps;
  if (!needs.record.empty()) {
    HOLESHOT_ASSIGN(
        line->recorder_,
        source::Recorder::open(
            {.folder = needs.record, .name = line->name_, .total_bytes = needs.record_bytes}, clock));
    taps.push_back(line->recorder_.get());
  }
  if (!url.reserve.empty()) {
    const bool pass = url.pass_requests && !line->passive_;
    HOLESHOT_ASSIGN(line->reserve_, source::Reserve::open({.name = line->name_,
                                                           .listen = url.reserve,
                                                           .requests = pass ? source::ClientRequests::kPass
                                                                            : source::ClientRequests::kRefuse,
                                                           .frame_start = protocol.frame_start}));
    taps.push_back(line->reserve_.get());
  }
  auto source = source::make_source(url, clock);
  HOLESHOT_TRY(source->open());
  line->loop_ = std::make_unique<source::ReaderLoop>(
      source::ReaderParts{
          .name = line->name_,
          .source = std::move(source),
          .driver = protocol.make(
              {.passive = line->passive_, .source = line->name_, .past = std::move(needs.past)}),
          .append = std::move(needs.append),
          .central_offset = std::move(needs.central_offset),
          .taps = std::move(taps)},
      clock, ulids);
  if (line->reserve_) line->reserve_->on_requests([loop = line->loop_.get()] { loop->wake(); });
  return line;
}

void Line::start(std::size_t index, std::function<void(base::Error)> ended) {
  reader_ = base::Worker("reader-" + std::to_string(index),
                         [this, ended = std::move(ended)](const std::stop_token& stop) {
                           if (auto status = loop_->run(stop); !status) ended(status.error());
                         });
}

void Line::stop() {
  reader_.request_stop();
  reader_.join();
}

std::string Line::recording_problem() const { return recorder_ ? recorder_->stats().problem : std::string{}; }

status::LinePicture Line::picture() const {
  source::ReaderStats stats = loop_->stats();
  return {.name = name_,
          .kind = kind_of(url_),
          .place = place_of(url_),
          .state = std::string{source::to_string(stats.state)},
          .problem = stats.problem.message.empty() ? std::string{} : stats.problem.text(),
          .append_error = std::move(stats.append_error),
          .passive = passive_,
          .last_byte_us = stats.last_byte_us,
          .silent_for_us = stats.silent_for_us,
          .bytes = stats.bytes,
          .records = stats.records,
          .waiting = stats.waiting,
          .reconnects = stats.reconnects,
          .wall_clock_steps = stats.wall_clock_steps,
          .driver = std::move(stats.driver)};
}

}  // namespace holeshot::app

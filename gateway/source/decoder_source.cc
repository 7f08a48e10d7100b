#include "gateway/source/decoder_source.h"

#include "gateway/source/file_source.h"
#include "gateway/source/serial_source.h"
#include "gateway/source/tcp_source.h"

namespace holeshot::source {

std::string_view to_string(SourceState state) {
  switch (state) {
    case SourceState::kConnecting:
      return "connecting";
    case SourceState::kOpen:
      return "open";
    case SourceState::kWaiting:
      return "waiting";
    case SourceState::kFinished:
      return "finished";
  }
  return "unknown";
}

std::unique_ptr<DecoderSource> make_source(const SourceUrl& url, const base::Clock& clock) {
  if (url.kind == SourceUrl::Kind::kFile) return std::make_unique<FileSource>(url, clock);
  if (url.kind == SourceUrl::Kind::kSerial) return std::make_unique<SerialSource>(url, clock);
  return std::make_unique<TcpSource>(url, clock);
}

}  // namespace holeshot::source

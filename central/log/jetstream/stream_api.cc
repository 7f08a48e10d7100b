#include "central/log/jetstream/stream_api.h"

#include <algorithm>

#include "central/log/jetstream/nats_handles.h"

namespace holeshot::log {

namespace {

using InfoOwner = NatsOwner<jsStreamInfo, jsStreamInfo_Destroy>;

std::uint64_t none_if_negative(std::int64_t value) {
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::int64_t or_none(std::uint64_t limit) { return limit == 0 ? -1 : static_cast<std::int64_t>(limit); }

StreamConfig config_from(const jsStreamConfig& from) {
  StreamConfig to;
  to.name = from.Name;
  for (int i = 0; i < from.SubjectsLen; ++i) to.subjects.emplace_back(from.Subjects[i]);
  to.max_age_ns = none_if_negative(from.MaxAge);
  to.max_bytes = none_if_negative(from.MaxBytes);
  to.max_per_subject = none_if_negative(from.MaxMsgsPerSubject);
  to.replicas = static_cast<unsigned>(std::max<std::int64_t>(1, from.Replicas));
  to.duplicates_ns = none_if_negative(from.Duplicates);
  to.in_files = from.Storage == js_FileStorage;
  to.limits_only = from.Retention == js_LimitsPolicy;
  to.discards_old = from.Discard == js_DiscardOld;
  return to;
}

StreamInfo info_from(const jsStreamInfo& from) {
  StreamInfo to;
  to.config = config_from(*from.Config);
  to.created_ns = none_if_negative(from.Created);
  to.messages = from.State.Msgs;
  to.bytes = from.State.Bytes;
  to.first_seq = from.State.FirstSeq;
  to.first_time_ns = none_if_negative(from.State.FirstTime);
  to.last_seq = from.State.LastSeq;
  return to;
}

// A jsStreamConfig that points into the StreamConfig it was made of.
class NatsConfig {
 public:
  explicit NatsConfig(const StreamConfig& from) {
    for (const auto& subject : from.subjects) subjects_.push_back(subject.c_str());
    jsStreamConfig_Init(&config_);
    config_.Name = from.name.c_str();
    config_.Subjects = subjects_.data();
    config_.SubjectsLen = static_cast<int>(subjects_.size());
    config_.MaxAge = static_cast<std::int64_t>(from.max_age_ns);
    config_.MaxBytes = or_none(from.max_bytes);
    config_.MaxMsgsPerSubject = or_none(from.max_per_subject);
    config_.Replicas = from.replicas;
    config_.Duplicates = static_cast<std::int64_t>(from.duplicates_ns);
    config_.Storage = from.in_files ? js_FileStorage : js_MemoryStorage;
    config_.Retention = from.limits_only ? js_LimitsPolicy : js_InterestPolicy;
    config_.Discard = from.discards_old ? js_DiscardOld : js_DiscardNew;
  }
  [[nodiscard]] jsStreamConfig* get() { return &config_; }

 private:
  std::vector<const char*> subjects_;
  jsStreamConfig config_{};
};

base::Result<StreamInfo> answer(std::string_view operation, const std::string& stream, natsStatus status,
                                jsErrCode code, const jsStreamInfo* info) {
  if (status != NATS_OK) return nats_error(operation, stream, status, code);
  return info_from(*info);
}

}  // namespace

base::Result<StreamInfo> StreamApi::info(const std::string& stream) {
  HOLESHOT_TRY(connection_.status());
  jsStreamInfo* got = nullptr;
  jsErrCode code{};
  const natsStatus s =
      js_GetStreamInfo(&got, connection_.handles().jetstream.get(), stream.c_str(), nullptr, &code);
  const InfoOwner owner(got);
  return answer("look at JetStream's stream", stream, s, code, got);
}

base::Result<StreamInfo> StreamApi::add(const StreamConfig& config) {
  HOLESHOT_TRY(connection_.status());
  jsStreamInfo* got = nullptr;
  jsErrCode code{};
  NatsConfig nats(config);
  const natsStatus s = js_AddStream(&got, connection_.handles().jetstream.get(), nats.get(), nullptr, &code);
  const InfoOwner owner(got);
  return answer("make JetStream's stream", config.name, s, code, got);
}

base::Result<StreamInfo> StreamApi::update(const StreamConfig& config) {
  HOLESHOT_TRY(connection_.status());
  jsStreamInfo* got = nullptr;
  jsErrCode code{};
  NatsConfig nats(config);
  const natsStatus s =
      js_UpdateStream(&got, connection_.handles().jetstream.get(), nats.get(), nullptr, &code);
  const InfoOwner owner(got);
  return answer("change JetStream's stream", config.name, s, code, got);
}

base::Status StreamApi::remove(const std::string& stream) {
  HOLESHOT_TRY(connection_.status());
  jsErrCode code{};
  const natsStatus s = js_DeleteStream(connection_.handles().jetstream.get(), stream.c_str(), nullptr, &code);
  if (s != NATS_OK) return nats_error("delete JetStream's stream", stream, s, code);
  return {};
}

base::Result<std::uint64_t> StreamApi::most_per_subject(const std::string& stream) {
  HOLESHOT_TRY(connection_.status());
  jsOptions options;
  jsOptions_Init(&options);
  options.Stream.Info.SubjectsFilter = ">";
  jsStreamInfo* got = nullptr;
  jsErrCode code{};
  const natsStatus s =
      js_GetStreamInfo(&got, connection_.handles().jetstream.get(), stream.c_str(), &options, &code);
  const InfoOwner owner(got);
  if (s != NATS_OK) return nats_error("count the subjects of JetStream's stream", stream, s, code);
  std::uint64_t most = 0;
  const jsStreamStateSubjects* subjects = got->State.Subjects;
  for (int i = 0; subjects != nullptr && i < subjects->Count; ++i)
    most = std::max(most, subjects->List[i].Msgs);
  return most;
}

base::Result<Message> StreamApi::message(const std::string& stream, std::uint64_t seq) {
  HOLESHOT_TRY(connection_.status());
  natsMsg* got = nullptr;
  jsErrCode code{};
  const natsStatus s =
      js_GetMsg(&got, connection_.handles().jetstream.get(), stream.c_str(), seq, nullptr, &code);
  const NatsMsg owner(got);
  if (s != NATS_OK) return nats_error("read message " + std::to_string(seq) + " of stream", stream, s, code);
  return message_from(got);
}

base::Result<std::vector<StreamConfig>> StreamApi::all() {
  HOLESHOT_TRY(connection_.status());
  jsStreamInfoList* got = nullptr;
  jsErrCode code{};
  const natsStatus s = js_Streams(&got, connection_.handles().jetstream.get(), nullptr, &code);
  const NatsOwner<jsStreamInfoList, jsStreamInfoList_Destroy> owner(got);
  std::vector<StreamConfig> configs;
  if (s == NATS_NOT_FOUND) return configs;
  if (s != NATS_OK) return nats_error("list the streams of", connection_.servers(), s, code);
  for (int i = 0; i < got->Count; ++i) configs.push_back(config_from(*got->List[i]->Config));
  return configs;
}

}  // namespace holeshot::log

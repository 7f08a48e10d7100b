// Messages and errors between the client library and us.
#include <array>
#include <cstdlib>

#include "central/log/jetstream/nats_handles.h"

namespace holeshot::log {

using base::Code;

namespace {

// By the server's own number where it gave one: what can the caller do?
Code code_of(int js_code) {
  switch (js_code) {
    case JSStreamNotFoundErr:
    case JSNoMessageFoundErr:
    case JSSequenceNotFoundErr:
      return Code::kMissing;
    case JSStreamSubjectOverlapErr:
    case JSStreamNameExistErr:
      return Code::kConflict;
    case JSAccountResourcesExceededErr:
    case JSInsufficientResourcesErr:
    case JSMemoryResourcesExceededErr:
    case JSStorageResourcesExceededErr:
    case JSStreamMaxStreamBytesExceededErr:
    case JSMaximumStreamsLimitErr:
      return Code::kFull;
    case JSStreamMessageExceedsMaximumErr:
    case JSStreamInvalidConfig:
    case JSStreamReplicasNotSupportedErr:
    case JSNotEnabledForAccountErr:
    case JSNotEnabledErr:
      return Code::kInvalid;
    default:
      return Code::kRetry;
  }
}

Code code_of(natsStatus status) {
  switch (status) {
    case NATS_NOT_FOUND:
      return Code::kMissing;
    case NATS_NOT_PERMITTED:
    case NATS_CONNECTION_AUTH_FAILED:
      return Code::kDenied;
    case NATS_MAX_PAYLOAD:
    case NATS_INVALID_SUBJECT:
      return Code::kInvalid;
    default:
      return Code::kRetry;
  }
}

std::string hint_of(int js_code, Code code) {
  if (js_code == JSNotEnabledErr || js_code == JSNotEnabledForAccountErr)
    return "start nats-server with JetStream (-js)";
  if (js_code == JSStreamReplicasNotSupportedErr)
    return "use --log-replicas 1, or a cluster of three servers";
  if (code == Code::kFull) return "give nats-server more storage (max_file_store), or shorten retention";
  return {};
}

// The library's words without the "(jsm.c:1033): " before them.
std::string_view words_of(const char* last) {
  std::string_view words = last != nullptr ? last : "";
  const auto end = words.find("): ");
  return words.starts_with('(') && end != std::string_view::npos ? words.substr(end + 3) : words;
}

}  // namespace

std::unexpected<base::Error> nats_error(std::string_view operation, std::string_view object,
                                        natsStatus status, int js_code, std::string_view words) {
  const Code code = js_code != 0 ? code_of(js_code) : code_of(status);
  std::string message{operation};
  message.append(" ").append(object).append(": ");
  if (words.empty() && js_code != 0) words = words_of(nats_GetLastError(nullptr));
  message += words.empty() ? std::string_view{natsStatus_GetText(status)} : words;
  return base::fail(code, std::move(message), hint_of(js_code, code));
}

Message message_from(natsMsg* msg) {
  Message message;
  message.subject = natsMsg_GetSubject(msg);
  message.body.assign(natsMsg_GetData(msg), static_cast<std::size_t>(natsMsg_GetDataLength(msg)));
  const char** keys = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(msg, &keys, &count) != NATS_OK) return message;
  for (int i = 0; i < count; ++i) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(msg, keys[i], &value) == NATS_OK && value != nullptr) {
      message.headers.push_back({keys[i], value});
    }
  }
  std::free(static_cast<void*>(keys));  // NOLINT(cppcoreguidelines-no-malloc): the library allocated it so
  return message;
}

base::Result<NatsMsg> to_nats(const Message& message, const char* reply) {
  natsMsg* made = nullptr;
  natsStatus s = natsMsg_Create(&made, message.subject.c_str(), reply, message.body.data(),
                                static_cast<int>(message.body.size()));
  NatsMsg msg(made);
  for (const Header& header : message.headers) {
    if (s == NATS_OK) s = natsMsgHeader_Set(made, header.name.c_str(), header.value.c_str());
  }
  if (s != NATS_OK) return nats_error("make a message for", message.subject, s);
  return msg;
}

}  // namespace holeshot::log

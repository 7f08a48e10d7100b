// The server's commands; its loop is in server.cc.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/base/log.h"
#include "tools/sim/net.h"
#include "tools/sim/server.h"

namespace holeshot::sim {

void Server::read_commands() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(command_fd_, buffer.data(), buffer.size());
  if (got <= 0) {
    command_fd_ = -1;  // closed: no more commands, everything else goes on
    return;
  }
  command_text_.append(buffer.data(), static_cast<std::size_t>(got));
  for (auto end = command_text_.find('\n'); end != std::string::npos; end = command_text_.find('\n')) {
    execute_and_tell(std::string_view{command_text_}.substr(0, end));
    command_text_.erase(0, end + 1);
  }
}

void Server::execute_and_tell(std::string_view line) {
  const Words words = words_of(line);
  if (words.empty()) return;
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string{word};
  const auto status = execute(line);
  if (!status) base::log_warn("sim", status.error().text());
  if (!options_.say) return;
  if (!status) return options_.say("error " + text + ": " + status.error().text());
  if (words[0] != "gate") options_.say("ok " + text);  // a gate tells its race
}

base::Status Server::execute(std::string_view line) {
  const Words words = words_of(line);
  if (words.empty()) return {};
  HOLESHOT_ASSIGN(const bool of_the_link, apply_command(words, options_.faults));
  if (!of_the_link) {
    HOLESHOT_ASSIGN(const bool own, execute_own(words));
    if (!own) HOLESHOT_TRY(source_.command(line, clock_.mono_us()));
  }
  record(truth_of_command(line));
  return {};
}

base::Result<bool> Server::execute_own(const Words& words) {
  const std::string_view name = words[0];
  if (name == "disconnect") {
    const bool hard = words.size() == 2 && words[1] == "rst";
    if (words.size() > 1 && !hard) return wrong_words("disconnect [rst]");
    disconnect(hard);
  } else if (name == "refuse") {
    if (words.size() != 2) return wrong_words("refuse on|off");
    HOLESHOT_ASSIGN(const bool on, parse_switch(words[1]));
    HOLESHOT_TRY(refuse(on));
  } else if (name == "chunk") {
    if (words.size() != 2) return wrong_words("chunk natural|random|BYTES");
    HOLESHOT_ASSIGN(options_.cutter, Cutter::parse(words[1], options_.seed));
    for (std::size_t i = 0; i < links_.size(); ++i) links_[i]->cut_with(options_.cutter.for_client(i));
  } else if (name == "unplug") {
    HOLESHOT_TRY(unplug());
  } else if (name == "replug") {
    HOLESHOT_TRY(plug());
    if (options_.say) options_.say("pty " + pty_->path());  // it has another name now
  } else {
    return false;
  }
  return true;
}

void Server::disconnect(bool hard) {
  for (const auto& link : links_) {
    if (link->terms().kind != Link::Kind::kTcp) continue;
    hard ? link->end_hard() : link->end();
  }
  forget_the_gone();
}

base::Status Server::refuse(bool on) {
  for (Port& port : ports_) {
    if (on) {
      port.listener.reset();
    } else if (!port.listener.valid()) {
      HOLESHOT_ASSIGN(port.listener, bind_to(port.address, Transport::kTcp));
    }
  }
  return {};
}

base::Status Server::plug() {
  if (!pty_) return base::fail(base::Code::kInvalid, "replug: there is no serial line", "start with --pty");
  const bool plugged = std::ranges::any_of(
      links_, [](const auto& link) { return link->terms().kind == Link::Kind::kPty && !link->gone(); });
  if (plugged) return base::fail(base::Code::kInvalid, "replug: it is plugged in", "unplug it first");
  HOLESHOT_ASSIGN(base::UniqueFd master, pty_->plug());
  const Link::Terms terms{.kind = Link::Kind::kPty, .seed = options_.seed + 1000 + clients_seen_};
  links_.push_back(
      std::make_unique<Link>(std::move(master), terms, options_.cutter.for_client(1000 + clients_seen_)));
  return {};
}

base::Status Server::unplug() {
  if (!pty_) return base::fail(base::Code::kInvalid, "unplug: there is no serial line", "start with --pty");
  pty_->unplug();
  for (const auto& link : links_) {
    if (link->terms().kind == Link::Kind::kPty) link->end();
  }
  forget_the_gone();
  return {};
}

}  // namespace holeshot::sim

#include "gateway/app/spool_cli.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/moment.h"
#include "gateway/app/spool_change.h"
#include "gateway/app/spool_commands.h"
#include "gateway/app/spool_export.h"

namespace holeshot::app {

namespace {

constexpr std::uint64_t kMostRows = 1'000'000'000;

// As given; empty where not.
struct Flags {
  std::string spool, config, control;
  std::string state = "all", type, boot, decoder, transponder, from, to, order, before;
  std::string format = "csv", out = "-";
  std::vector<std::uint64_t> ids;
  std::uint64_t limit = 0;  // 0: all
  bool json = false, all = false, yes = false, acknowledged = false, repair = false;
};
using Act = std::function<int(const Flags&, SpoolAsk&)>;

base::Status read_filter(const Flags& flags, spool::RowFilter& filter) {
  const std::uint64_t now_us = base::SystemClock().wall_us();
  if (!flags.from.empty()) {
    HOLESHOT_ASSIGN(filter.from_us, moment_from(flags.from, now_us));
  }
  if (!flags.to.empty()) {
    HOLESHOT_ASSIGN(filter.to_us, moment_from(flags.to, now_us));
  }
  filter.state = flags.state == "all" ? "" : flags.state;
  filter.message_type = flags.type;
  filter.boot_id = flags.boot;
  filter.decoder_id = flags.decoder;
  filter.transponder = flags.transponder;
  filter.limit = flags.limit;
  filter.order = flags.order == "newest" ? spool::Order::kNewestFirst : spool::Order::kOldestFirst;
  return {};
}

int run(const Flags& flags, const Act& act) {
  base::init_log(base::LogLevel::kError, base::LogFormat::kText);
  auto place = spool_place(flags.spool, flags.config, flags.control);
  if (!place) return report(place.error(), kExitUsage);
  SpoolAsk ask{std::move(*place), {}, flags.json ? Output::kJson : Output::kText};
  if (const auto read = read_filter(flags, ask.filter); !read) return report(read.error(), kExitUsage);
  return act(flags, ask);
}

// One command; its flags live as long as its callback.
struct Command {
  CLI::App* app;
  std::shared_ptr<Flags> flags;
};

Command add(CLI::App& parent, int& code, const char* name, const char* help, const char* example, Act act) {
  Command command{parent.add_subcommand(name, help), std::make_shared<Flags>()};
  Flags& flags = *command.flags;
  command.app->add_option("--spool", flags.spool, "the spool's file (default: as the gateway is set)");
  command.app->add_option("--config", flags.config, "TOML file that says where the spool is");
  command.app->add_flag("--json", flags.json, "for programs; docs/gateway.md says what is in it");
  command.app->footer(std::string{"Example: holeshot-gateway spool "} + example);
  command.app->callback([flags = command.flags, &code, act = std::move(act)] { code = run(*flags, act); });
  return command;
}

void add_time_filter(const Command& command) {
  command.app->add_option("--from", command.flags->from,
                          "captured at or after: 2h (ago), 18:05, 2026-11-20T18:05:43, ...Z");
  command.app->add_option("--to", command.flags->to, "captured before; likewise");
  command.app->add_option("--transponder", command.flags->transponder, "its text or number");
  command.app->add_option("--decoder", command.flags->decoder, "the decoder's id: D0000C00");
  command.app->add_option("--type", command.flags->type, "PASSING, STATUS, ... (default all)");
  command.app->add_option("--boot", command.flags->boot, "one start of the gateway: its boot id");
}

void add_filter(const Command& command, const char* order, std::uint64_t limit, const char* limit_help) {
  command.flags->order = order;
  command.flags->limit = limit;
  add_time_filter(command);
  command.app->add_option("--state", command.flags->state, "all, pending, acked or quarantined (default all)")
      ->check(CLI::IsMember({"all", "pending", "acked", "quarantined"}));
  command.app
      ->add_option("--order", command.flags->order,
                   std::string{"oldest or newest first (default "} + order + ")")
      ->check(CLI::IsMember({"oldest", "newest"}));
  command.app->add_option("--limit", command.flags->limit, limit_help)
      ->check(CLI::Range(std::uint64_t{1}, kMostRows));
}

void add_control(const Command& command) {
  command.app->add_option("--control", command.flags->control,
                          "control socket of the gateway that runs on this spool (default: found)");
}

void add_looking(CLI::App& spool, int& code) {
  add(spool, code, "stats", "how much is waiting, at central, in quarantine", "stats",
      [](const Flags&, SpoolAsk& ask) { return spool_stats(ask); });
  const Command list = add(spool, code, "list", "rows, the newest first",
                           "list --from 18:05 --to 18:20 --transponder FL-12345",
                           [](const Flags&, SpoolAsk& ask) { return spool_list(ask); });
  constexpr std::uint64_t kListed = 50;
  add_filter(list, "newest", kListed, "rows at most (default 50)");
  const Command show =
      add(spool, code, "show", "one row, whole", "show 42",
          [](const Flags& flags, SpoolAsk& ask) { return spool_show(ask, flags.ids.front()); });
  show.app->add_option("id", show.flags->ids, "the row's id, as list shows it")->required()->expected(1);
  const Command quarantine =
      add(spool, code, "quarantine", "what is set aside and not sent: why, and what to do about it",
          "quarantine", [](const Flags&, SpoolAsk& ask) { return spool_quarantine(ask); });
  add_time_filter(quarantine);
}

void add_checking(CLI::App& spool, int& code) {
  const Command verify =
      add(spool, code, "verify", "look at every row and at the file's structure", "verify",
          [](const Flags& flags, SpoolAsk& ask) {
            return spool_verify(ask, flags.repair ? WhenDamaged::kRepair : WhenDamaged::kSay);
          });
  verify.app->add_flag("--repair", verify.flags->repair,
                       "put aside what is damaged; the gateway must be stopped");
  const Command exported =
      add(spool, code, "export", "rows as a table, as JSON, or as a recording that a gateway plays",
          "export --format p3 --from 2026-11-20 --out race.p3", [](const Flags& flags, SpoolAsk& ask) {
            const ExportFormat format = flags.format == "csv"     ? ExportFormat::kCsv
                                        : flags.format == "jsonl" ? ExportFormat::kJsonLines
                                                                  : ExportFormat::kP3;
            return spool_export(ask, format, flags.out);
          });
  add_filter(exported, "oldest", 0, "rows at most (default all)");
  exported.app->add_option("--format", exported.flags->format, "csv, jsonl or p3 (default csv)")
      ->check(CLI::IsMember({"csv", "jsonl", "p3"}));
  exported.app->add_option("--out", exported.flags->out, "a new file; - for stdout (default)");
}

int requeue(const Flags& flags, SpoolAsk& ask) {
  const bool filtered = !(flags.from.empty() && flags.to.empty() && flags.transponder.empty() &&
                          flags.decoder.empty() && flags.type.empty() && flags.boot.empty());
  if (!filtered && flags.ids.empty() && !flags.all) {
    return report({base::Code::kInvalid, "no rows are named", "name rows, a filter such as --from, or --all"},
                  kExitUsage);
  }
  if (flags.all && (filtered || !flags.ids.empty())) {
    return report({base::Code::kInvalid, "--all stands beside rows or a filter", "give one of them"},
                  kExitUsage);
  }
  return spool_requeue(ask, {.ids = flags.ids, .all = flags.all, .filtered = filtered});
}

int prune(const Flags& flags, SpoolAsk& ask) {
  status::PruneOrder order{.acknowledged = flags.acknowledged};
  if (!flags.before.empty()) {
    const auto before = moment_from(flags.before, base::SystemClock().wall_us());
    if (!before) return report(before.error(), kExitUsage);
    order.quarantined_before_us = *before;
  }
  if (!order.acknowledged && order.quarantined_before_us == 0) {
    return report({base::Code::kInvalid, "nothing is named that could go",
                   "give --acknowledged (what central has), --quarantined-before TIME, or both"},
                  kExitUsage);
  }
  return spool_prune(ask, order, flags.yes);
}

void add_changing(CLI::App& spool, int& code) {
  const Command again =
      add(spool, code, "requeue", "send rows of the quarantine again", "requeue 42 43", requeue);
  again.app->add_option("ids", again.flags->ids, "rows, as quarantine shows them");
  again.app->add_flag("--all", again.flags->all, "the whole quarantine");
  add_time_filter(again);
  add_control(again);
  const Command removed =
      add(spool, code, "prune", "remove rows that nobody needs", "prune --acknowledged", prune);
  removed.app->add_flag("--acknowledged", removed.flags->acknowledged, "what central has");
  removed.app->add_option("--quarantined-before", removed.flags->before,
                          "what went into quarantine before this time (as --from of list)");
  removed.app->add_flag("--yes", removed.flags->yes, "do not ask");
  add_control(removed);
}

}  // namespace

void add_spool_commands(CLI::App& app, int& code) {
  CLI::App* spool = app.add_subcommand("spool", "look into the spool, also while a gateway runs on it");
  spool->require_subcommand(1);
  spool->footer("Example: holeshot-gateway spool stats");
  add_looking(*spool, code);
  add_checking(*spool, code);
  add_changing(*spool, code);
}

}  // namespace holeshot::app

#include "central/app/event_office.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "central/app/open_log.h"
#include "central/http/api_client.h"
#include "central/http/rest_api.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"
#include "common/contract/ids.h"
#include "common/contract/ulid.h"

namespace holeshot::central_app {

using base::Code;
using base::fail;

struct EventOffice::Inner {
  Inner() = default;
  Inner(const Inner&) = delete;
  Inner& operator=(const Inner&) = delete;
  ~Inner() {
    rest.reset();
    worker.reset();
    model.reset();
    std::error_code ignored;  // a folder of /tmp that stays is no harm
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  }

  std::optional<http::ApiClient> client;
  std::unique_ptr<log::SqliteLog> log;
  std::string folder;
  std::unique_ptr<read::ReadModel> model;
  std::optional<read::ProjectionWorker> worker;
  std::unique_ptr<http::RestApi> rest;
  http::Router routes;
};

namespace {

base::Result<std::string> own_folder() {
  std::error_code unknown;
  std::string pattern = (std::filesystem::temp_directory_path(unknown) / "holeshot-event-XXXXXX").string();
  if (unknown || ::mkdtemp(pattern.data()) == nullptr)
    return fail(Code::kRetry, "make a folder in " + pattern + ": not possible",
                "is TMPDIR there, and not full?");
  return pattern;
}

}  // namespace

EventOffice::EventOffice(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
EventOffice::EventOffice(EventOffice&&) noexcept = default;
EventOffice::~EventOffice() = default;

base::Result<EventOffice> EventOffice::call(const std::string& url) {
  auto inner = std::make_unique<Inner>();
  HOLESHOT_ASSIGN(auto client, http::ApiClient::make(url));
  inner->client.emplace(std::move(client));
  return EventOffice{std::move(inner)};
}

base::Result<EventOffice> EventOffice::enter(const std::string& data, const base::Clock& clock,
                                             Purpose purpose) {
  auto inner = std::make_unique<Inner>();
  HOLESHOT_ASSIGN(inner->log,
                  open_existing_log(data, purpose == Purpose::kRead ? LogUse::kRead : LogUse::kWrite, clock));
  HOLESHOT_ASSIGN(inner->folder, own_folder());
  HOLESHOT_ASSIGN(inner->model, read::ReadModel::open(inner->folder + "/read.sqlite", *inner->log));
  for (;;) {
    HOLESHOT_ASSIGN(const std::size_t applied, read::catch_up_once(*inner->log, *inner->model));
    if (applied == 0) break;
  }
  if (purpose == Purpose::kWrite) inner->worker.emplace(*inner->log, *inner->model);
  HOLESHOT_ASSIGN(auto boot, contract::BootId::parse(contract::UlidMaker{clock}.next(), "boot_id"));
  http::RestOptions rest;
  rest.fill_rounds = false;
  inner->rest =
      std::make_unique<http::RestApi>(*inner->log, *inner->model, clock, std::move(boot), std::move(rest));
  inner->rest->add_routes(inner->routes);
  return EventOffice{std::move(inner)};
}

base::Result<http::Response> EventOffice::ask(http::Request request) {
  if (inner_->client) return inner_->client->send(request);
  return inner_->routes.dispatch(std::move(request));
}

}  // namespace holeshot::central_app

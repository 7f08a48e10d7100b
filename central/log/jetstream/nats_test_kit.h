// Real NATS servers for tests: processes on loopback with their stores in a test's folder, that can be stopped,
// killed, frozen and started again.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/folder_test_kit.h"

namespace holeshot::log::test {

// Why there can be no server here; empty where there can. HOLESHOT_NATS_SERVER names one that is not in the PATH.
[[nodiscard]] std::string no_nats();

// Servers set aside what streams may grow to: for those of default_streams() they have to be told of room.
inline constexpr const char* kRoomForTheContract = "jetstream { max_file_store: 1000000000000 }";

// One process. Not thread-safe.
class NatsNode {
 public:
  struct Ports {
    int client = 0;
    int cluster = 0;
    int monitor = 0;
  };
  // `routes`: cluster ports of all nodes; empty for a server alone. `extra`: lines for its configuration.
  NatsNode(std::filesystem::path folder, std::string name, Ports ports, std::vector<int> routes,
           std::string extra);
  ~NatsNode();
  NatsNode(const NatsNode&) = delete;
  NatsNode& operator=(const NatsNode&) = delete;

  void start();         // REQUIRES: it does not run
  void stop();          // asked to, and waited for
  void kill();          // SIGKILL
  void freeze() const;  // SIGSTOP
  void thaw() const;    // SIGCONT
  [[nodiscard]] bool running() const { return pid_ > 0; }
  // Serves, and knows its cluster's leader. Polls.
  [[nodiscard]] bool wait_ready() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url() const;
  // Where JetStream keeps its files: for copies, and for taking them away while it does not run.
  [[nodiscard]] std::filesystem::path store() const { return folder_ / "store"; }
  [[nodiscard]] std::string log_text() const;
  // The body that its monitoring gives for a path; empty where it does not answer.
  [[nodiscard]] std::string monitor(const std::string& path) const;

 private:
  void end(int signal);

  std::filesystem::path folder_;
  std::string name_;
  Ports ports_;
  std::vector<int> routes_;
  std::string extra_;
  pid_t pid_ = -1;
};

// 1 or 3 nodes, started and ready. REQUIRES: no_nats() is empty.
class NatsServers {
 public:
  // `parent`: where the servers' folders are made.
  explicit NatsServers(unsigned nodes = 1, const std::string& extra = {},
                       const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  [[nodiscard]] NatsNode& node(std::size_t i) { return *nodes_[i]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  // As --log takes it.
  [[nodiscard]] std::string urls() const;
  // The node that leads this stream; waits until there is one.
  [[nodiscard]] NatsNode& leader_of(const std::string& stream);
  // Waits until every running node is ready.
  void wait_ready() const;
  // Deletes every stream.
  void clear() const;

 private:
  base::TestFolder folder_;
  std::vector<std::unique_ptr<NatsNode>> nodes_;
};

}  // namespace holeshot::log::test

// Counters, gauges and histograms in Prometheus' text format. Handles are cheap, live as long as the Metrics
// that made them, and may be used from any thread. Making one twice with the same name and labels gives the
// same one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace holeshot::base {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  explicit Counter(prometheus::Counter& inner) : inner_(&inner) {}
  void add(double amount = 1);
  [[nodiscard]] double value() const;

 private:
  prometheus::Counter* inner_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& inner) : inner_(&inner) {}
  void set(double value);
  void add(double amount);
  [[nodiscard]] double value() const;

 private:
  prometheus::Gauge* inner_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& inner) : inner_(&inner) {}
  void observe(double value);

 private:
  prometheus::Histogram* inner_;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Names follow Prometheus: holeshot_<room>_<what>_<unit>[_total].
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds`: upper bounds of the buckets, rising.
  Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                      const Labels& labels = {});

  // The text exposition of everything.
  [[nodiscard]] std::string render() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::base

#include "common/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace holeshot::base {

struct Metrics::Inner {
  prometheus::Registry registry;
};

Metrics::Metrics() : inner_(std::make_unique<Inner>()) {}
Metrics::~Metrics() = default;

// Registry::Add and Family::Add give back what exists already, so making a metric twice is harmless.
Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter{prometheus::BuildCounter().Name(name).Help(help).Register(inner_->registry).Add(labels)};
}
Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge{prometheus::BuildGauge().Name(name).Help(help).Register(inner_->registry).Add(labels)};
}
Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const std::vector<double>& bounds, const Labels& labels) {
  return Histogram{
      prometheus::BuildHistogram().Name(name).Help(help).Register(inner_->registry).Add(labels, bounds)};
}

std::string Metrics::render() const {
  return prometheus::TextSerializer{}.Serialize(inner_->registry.Collect());
}

void Counter::add(double amount) { inner_->Increment(amount); }
double Counter::value() const { return inner_->Value(); }
void Gauge::set(double value) { inner_->Set(value); }
void Gauge::add(double amount) { inner_->Increment(amount); }
double Gauge::value() const { return inner_->Value(); }
void Histogram::observe(double value) { inner_->Observe(value); }

}  // namespace holeshot::base

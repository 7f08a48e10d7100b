# The JetStream log beside js_PublishAsync of the same bytes in the same messages, over a real nats-server.
set(jetstream "${CMAKE_SOURCE_DIR}/central/log/jetstream")
holeshot_bench(log_jetstream SOURCES log_jetstream_bench.cc "${jetstream}/nats_test_kit.cc"
  "${jetstream}/raw_publish_kit.cc" DEPS central_log PkgConfig::NATS)

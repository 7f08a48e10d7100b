# Fan-out of central/live beside a bare send(2) loop.
holeshot_bench(live SOURCES live_bench.cc DEPS central_live)

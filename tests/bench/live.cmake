# Fan-out of central/live beside a bare send(2) loop. Need holeshot_bench().
holeshot_bench(live SOURCES live_bench.cc DEPS central_live)
holeshot_bench(live_limit SOURCES live_limit_bench.cc DEPS central_live)

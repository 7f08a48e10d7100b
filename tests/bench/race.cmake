holeshot_bench(race SOURCES race_bench.cc DEPS central_race)

holeshot_fuzz(race_input SOURCES race_input_fuzz.cc DEPS central_race)

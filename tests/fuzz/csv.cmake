holeshot_fuzz(csv SOURCES csv_fuzz.cc DEPS central_sheets)

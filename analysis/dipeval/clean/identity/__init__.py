"""Who is who: persons and their stays, hospitals over time, versions of codes, two files of one stay."""

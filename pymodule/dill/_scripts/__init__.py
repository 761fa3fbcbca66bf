"""The programs that are installed beside the package: each module has a main()."""

"""`python -m poller` is the console script `mailfiler`."""

from poller.cli import main

if __name__ == "__main__":
    main()

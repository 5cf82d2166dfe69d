"""The paths compose the steps: a batch over files, one contact at a time, Spark."""

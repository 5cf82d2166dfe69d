"""GoldenMatch as it comes: no configuration, no language model, nothing sent anywhere."""

import polars as pl


def resolve(frame: pl.DataFrame) -> pl.DataFrame:
    """Its clusters; records that it lists in none are alone.

    It refuses large files when it doubts the settings it chose; here it is told to go on.
    """
    import goldenmatch

    columns = frame.drop("record_id", "truth_id", strict=False)
    found = goldenmatch.dedupe_df(columns, confidence_required=False)
    entity = list(range(len(frame)))
    for members in (cluster["members"] for cluster in found.clusters.values()):
        for row in members:
            entity[row] = min(members)
    return frame.select("record_id", entity=pl.Series(entity))

"""The batch on Apache Spark, for more contacts than one machine holds: the same answer, from the same functions.

Spark only brings together what belongs together; what is done with it is done by the steps of a batch, over Arrow
batches of many records at a time:

1. `contacts` cuts the records into stretches of the order of their ids, sorts, numbers and normalises each, so that
   ties break as in a batch.
2. `measure` counts what is true of all records: who says the same, with whom values are seen, how often they occur. The
   little of it that weighs anything travels with each record, or stands in the reference that every worker is handed.
3. `meet` brings equal keys together and drops those that too many hold before any pair is made.
4. `training` draws the pairs that a batch draws, and brings home how many show which pattern; EM runs on the driver.
5. `weighing` compares and scores: to each bucket of pairs is sent what the records say that these name.
6. `hanging` finds what the pairs that join connect; `grouping` clusters whole components, many in a worker at a time.
7. `account` sums up the evidence between every two entities; the cutoffs are drawn on the driver from these sums.
8. `golden` merges the records of whole entities, many in a worker at a time.

From the first look at the records to the files of the result, they travel as `parcels`: many rows in one binary value,
as Spark moves a row at a time. No function holds more than a batch, a bucket of whole groups, or sums. What has the
size of the records is saved by `work` as it is made, so that a run that broke goes on. Only DataFrames are used, so
that a session of Spark Connect serves as well.

>>> from resolver.paths.spark import dedupe, session  # doctest: +SKIP
>>> contacts = session().read.parquet("contacts")  # doctest: +SKIP
>>> dedupe(contacts, "resolved").frames["golden"].show()  # doctest: +SKIP
"""

from resolver.paths.spark.local import session
from resolver.paths.spark.run import dedupe
from resolver.paths.spark.work import Scale

__all__ = ["Scale", "dedupe", "session"]

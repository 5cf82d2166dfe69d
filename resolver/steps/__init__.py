"""The pure steps, in their order.

prepare: records as found become the normalised values that are compared; hints adds what e-mails spell, bounces weighs
addresses that are known to bounce.
block: which records meet, by the hashes that keys makes; copies looks at records that say the same once.
score: compare gives pairs a level a field, across those of names in each other's place, and the model their log odds;
weigh does so for all candidates, batch by batch, and keeps those that are not beyond doubt.
cluster: records become groups; profile joins groups by all that each of them knows, forest lets groups grow by links.
merge: offer, gather and merge choose golden values; doubt says what is asked, suppress where nobody may write to.
"""

@0xe3b0a77c51d2f046;
# What statement prints.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "/events/types.capnp";

struct StatementRow {
  # Seats of a day in rows by day, seat-days of the period in all others (projections/billing/statement.h).
  day @0 :Text;                          # 2020-09-01; by day
  sku @1 :Text;                          # null in the row of the totals
  email @2 :Text;                        # by user
  license @3 :UInt32 $Types.optional;    # by license
  billing @4 :Text;                      # purchased, assigned, membership
  bought @5 :UInt64;
  bound @6 :UInt64;
  free @7 :UInt64;
  inQueues @8 :UInt64;
  billedDays @9 :UInt64;
  unitPrice @10 :Types.Money;            # null where there were several, or none
  amount @11 :Types.Money;
  credited @12 :Types.Money;
  total @13 :Bool;                       # the sums of the rows before; the amount is rounded by itself
}

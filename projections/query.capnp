@0x8f1a1c6f4b8d2e35;
# What can be read, and the rows that answer. A field of a row is what JSON, CSV and tables show under its name.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "/events/types.capnp";

# Every reading takes these three, and answers as the ledger stood: at an instant (asOf) or after an event
# (asOfSequence), else now; and by what had been recorded by an instant (knownAt), else by everything. knownAt alone: as
# it stood at that instant, to the ledger's knowledge of that instant. A question about two times has these in its filter,
# and takes knownAt for both.

struct Query {
  account @0 :Text;         # absent for the catalogue, which is of no account
  asOf @1 :Int64 = -0x8000000000000000 $Types.instant;
  asOfSequence @2 :UInt64;
  knownAt @16 :Int64 = -0x8000000000000000 $Types.instant;
  minSequence @3 :UInt64;                               # wait until this event can be seen
  limit @4 :UInt32;                                     # rows in this answer; 0: as many as the server likes
  cursor @5 :Text;                                      # of the page before this one

  union {
    none @6 :Void;
    products @7 :ProductFilter;
    licenses @8 :LicenseFilter;
    users @9 :UserFilter;
    user @10 :UserName;
    invoices @11 :InvoiceFilter;
    access @12 :AccessQuestion;
    queues @13 :QueueFilter;
    orders @14 :OrderFilter;
    memberships @15 :MembershipFilter;
    catalog @17 :CatalogFilter;
    diff @18 :DiffFilter;
    disputes @19 :DisputeFilter;
  }
}

# Filters: what is absent does not filter; several must all hold. One that names what there is not, or was not
# then, is a failure that says so: no rows would look like evidence.

struct ProductFilter {
  sku @0 :Text;
  type @1 :Text;
}

struct CatalogFilter {
  sku @0 :Text;
  type @1 :Text;
}

struct LicenseFilter {
  license @0 :UInt32;
  sku @1 :Text;
  type @2 :Text;
  status @3 :Text;
  email @4 :Text;
  invoice @5 :Text;
  expiresBefore @6 :Int64 = -0x8000000000000000 $Types.instant;
}

struct UserFilter {
  email @0 :Text;
}

struct UserName {
  email @0 :Text;
}

struct InvoiceFilter {
  invoice @0 :Text;
  status @1 :Text;
}

struct MembershipFilter {
  email @0 :Text;
}

struct OrderFilter {
  order @0 :UInt32;
  sku @1 :Text;
  status @2 :Text;
  email @3 :Text;    # requested by this person, or for them
}

struct DisputeFilter {
  dispute @0 :UInt32;
  status @1 :Text;
  invoice @2 :Text;
}

struct QueueFilter {
  queue @0 :Text;
  kind @1 :Text;
  email @2 :Text;    # that this person is in
}

struct AccessQuestion {
  email @0 :Text;
  sku @1 :Text;
}

struct DiffFilter {
  # What became of the account's rows from one time to another. Of each time one of the two is given; of the second none
  # as well: it is now, or what knownAt says.
  from @0 :Int64 = -0x8000000000000000 $Types.instant;
  fromSequence @1 :UInt64;
  to @2 :Int64 = -0x8000000000000000 $Types.instant;
  toSequence @3 :UInt64;
}

struct Rows {
  sequence @0 :UInt64;                 # the state that was read
  time @1 :Int64 $Types.instant;       # … and the instant
  cursor @2 :Text;                     # absent: there are no more rows

  union {
    none @3 :Void;
    products @4 :List(ProductRow);
    licenses @5 :List(LicenseRow);
    users @6 :List(UserRow);
    user @7 :List(UserDetail);         # one
    invoices @8 :List(InvoiceRow);
    access @9 :List(AccessRow);        # one
    queues @10 :List(QueueRow);
    orders @11 :List(OrderRow);
    memberships @12 :List(MembershipRow);
    catalog @13 :List(CatalogRow);
    diff @14 :List(DiffRow);
    disputes @15 :List(DisputeRow);
  }
}

struct ProductRow {
  sku @0 :Text;
  name @1 :Text;
  type @2 :Text;
  features @3 :List(Text);
  total @4 :UInt64;
  available @5 :UInt64;
  bound @6 :UInt64;
  expired @7 :UInt64;
  revoked @8 :UInt64;
  unitPrice @9 :Types.Money;           # from here on: the catalogue's
  term @10 :Text;
  billing @11 :Types.Billing;
  keepsPhone @12 :Bool;
  offered @13 :Bool;                   # it can be ordered and invoiced
}

struct CatalogRow {
  sku @0 :Text;
  name @1 :Text;
  type @2 :Text;
  features @3 :List(Text);
  unitPrice @4 :Types.Money;
  term @5 :Text;
  billing @6 :Types.Billing;
  keepsPhone @7 :Bool;
  offered @8 :Bool;
  since @9 :Int64 $Types.instant;      # it has been so
}

enum LicenseStatus {
  available @0;
  bound @1;
  expired @2;
  revoked @3;
}

struct LicenseRow {
  license @0 :UInt32 $Types.optional;  # null only in a DiffRow, which may be about many
  sku @1 :Text;
  product @2 :Text;                    # its name
  type @3 :Text;
  status @4 :LicenseStatus;
  email @5 :Text;                      # whom it is bound to
  invoice @6 :Text;
  validFrom @7 :Int64 $Types.instant;
  validUntil @8 :Int64 $Types.instant;
}

struct UserRow {
  email @0 :Text;
  name @1 :Text;
  roles @2 :List(Types.Role);
  licenses @3 :List(UInt32);           # bound to them, by number
  registeredAt @4 :Int64 $Types.instant;
}

struct UserDetail {
  email @0 :Text;
  name @1 :Text;
  roles @2 :List(Types.Role);
  registeredAt @3 :Int64 $Types.instant;
  products @4 :List(Subscription);     # every product of the account, on or off for this person
  queues @5 :List(Place);
  billed @6 :List(Billed);
  phone @7 :Phone;

  struct Phone {
    # What their phone is configured with.
    status @0 :PhoneStatus;
    savedAt @1 :Int64 = -0x8000000000000000 $Types.instant;    # the newest version
    keptUntil @2 :Int64 = -0x8000000000000000 $Types.instant;  # then it is destroyed, unless it is in use again before
    config @3 :Text;                   # JSON; absent: there is none, or it has been destroyed since
  }

  struct Place {
    queue @0 :Text;
    kind @1 :Types.QueueKind;
    role @2 :Types.QueueRole;
    since @3 :Int64 $Types.instant;
  }

  struct Billed {
    # A license, or places in queues: then since the person is in one without interruption.
    sku @0 :Text;
    license @1 :UInt32 $Types.optional;
    queues @2 :List(Text);
    since @3 :Int64 = -0x8000000000000000 $Types.instant;
  }

  struct Subscription {
    sku @0 :Text;
    name @1 :Text;
    type @2 :Text;
    on @3 :Bool;
    license @4 :UInt32 $Types.optional;
    since @5 :Int64 = -0x8000000000000000 $Types.instant;
    until @6 :Int64 = -0x8000000000000000 $Types.instant;
  }
}

enum PhoneStatus {
  none @0;
  saved @1;       # in use
  kept @2;        # since the last license went that it needs
}

enum InvoiceStatus {
  open @0;
  paid @1;
  voided @2;
  reversed @3;
}

struct InvoiceRow {
  invoice @0 :Text;
  status @1 :InvoiceStatus;
  raisedBy @2 :Text;
  order @8 :UInt32 $Types.optional;    # that it was raised for
  total @3 :Types.Money;
  issuedAt @4 :Int64 $Types.instant;
  paidAt @5 :Int64 = -0x8000000000000000 $Types.instant;
  reference @6 :Text;                  # of the payment
  lines @7 :List(Line);

  struct Line {
    line @0 :UInt32;                   # from 1
    sku @1 :Text;
    type @2 :Text;
    billing @3 :Types.Billing;
    quantity @4 :UInt32;
    unitPrice @5 :Types.Money;
    amount @6 :Types.Money;
    term @7 :Text;
    validUntil @8 :Int64 = -0x8000000000000000 $Types.instant;
    firstLicense @9 :UInt32 $Types.optional;  # once paid: this one and the following, quantity in all
    credited @10 :Types.Money;         # of the amount; null: nothing
    creditedQuantity @11 :UInt32 $Types.optional;
  }
}

struct AccessRow {
  access @0 :Bool;
  license @1 :UInt32 $Types.optional;
  since @2 :Int64 = -0x8000000000000000 $Types.instant;
  until @3 :Int64 = -0x8000000000000000 $Types.instant;
  because @4 :List(UInt64);            # the sequences of the events that decide it
}

struct MembershipRow {
  # The civil days, in the account's time zone, on any part of which somebody was in at least one queue while a product
  # billed by membership was on offer: for these it is billed.
  email @0 :Text;
  days @1 :UInt32;                     # of all periods
  periods @2 :List(Period);

  struct Period {
    sku @0 :Text;                      # as what these days are billed
    firstDay @1 :Text;                 # 2026-03-01
    lastDay @2 :Text;
    days @3 :UInt32;
  }
}

enum OrderStatus {
  open @0;
  invoiced @1;    # an invoice was raised for it, which is not paid
  fulfilled @2;
  cancelled @3;
}

struct OrderRow {
  order @0 :UInt32;
  status @1 :OrderStatus;
  overdue @2 :Bool;                    # its licenses were not there when it was due
  sku @3 :Text;
  quantity @4 :UInt32;
  requestedBy @5 :Text;                # null: the vendor
  email @6 :Text;                      # to whom its license is bound when it is issued
  requestedAt @7 :Int64 $Types.instant;
  due @8 :Int64 $Types.instant;
  closedAt @9 :Int64 = -0x8000000000000000 $Types.instant;
  invoice @10 :Text;
}

enum DisputeStatus {
  open @0;
  resolved @1;
}

struct DisputeRow {
  dispute @0 :UInt32;
  status @1 :DisputeStatus;
  invoice @2 :Text;
  line @3 :UInt32 $Types.optional;     # of the invoice
  sha256 @4 :Text;                     # of the bill's file; null: no line of a bill is disputed
  row @5 :UInt32 $Types.optional;      # of that
  text @6 :Text;                       # the line as it stands there
  first @7 :UInt32 $Types.optional;    # the dispute by which this line was disputed first
  claim @8 :Text;
  openedBy @9 :Text;
  openedAt @10 :Int64 $Types.instant;
  verdict @11 :Text;
  note @12 :Text;                      # of the resolution
  resolvedAt @13 :Int64 = -0x8000000000000000 $Types.instant;
  credited @14 :Types.Money;           # in all, for this dispute
  evidence @15 :List(Evidence);
  because @16 :List(UInt64);           # the sequences of the dispute's events, its credits among them

  struct Evidence {
    note @0 :Text;
    sha256 @1 :Text;                   # of a file that is kept elsewhere
    by @2 :Text;
    at @3 :Int64 $Types.instant;
  }
}

struct QueueRow {
  queue @0 :Text;
  kind @1 :Types.QueueKind;
  createdAt @2 :Int64 $Types.instant;
  members @3 :List(Member);            # in the order of their registration

  struct Member {
    email @0 :Text;
    role @1 :Types.QueueRole;
    since @2 :Int64 $Types.instant;
  }
}

enum DiffTable {
  licenses @0;
  users @1;
  products @2;
  queues @3;      # and who is in them
}

enum Change {
  added @0;
  removed @1;
  changed @2;
}

struct DiffRow {
  # What became of one row, or of licenses that follow one another and to which the same happened by the same events.
  table @0 :DiffTable;
  key @1 :Text;                        # 17 or 1-500000; an address, null if it was erased; a sku; the name of a queue
  first @2 :UInt32 $Types.optional;    # of the licenses; null in other tables
  last @3 :UInt32 $Types.optional;     # …, itself among them
  member @4 :Text;                     # the address of somebody who is, or was, in the queue; null: of the queue itself
  change @5 :Change;
  because @6 :List(UInt64);            # the sequences of the events that did it: the newest 1,000 of them
  more @7 :Bool;                       # there are older ones

  union {
    # The row before, null if it was added, and after, null if it was removed. Of one that was changed both have only the
    # fields that were; the others are as if they had not been set.
    license :group {
      before @8 :LicenseRow;
      after @9 :LicenseRow;
    }
    user :group {
      before @10 :UserState;
      after @11 :UserState;
    }
    product :group {
      before @12 :ProductRow;
      after @13 :ProductRow;
    }
    queue :group {
      # Without its members.
      before @14 :QueueRow;
      after @15 :QueueRow;
    }
    place :group {
      before @16 :QueueRow.Member;
      after @17 :QueueRow.Member;
    }
  }

  struct UserState {
    # A UserRow, and their phone.
    email @0 :Text;
    name @1 :Text;
    roles @2 :List(Types.Role);
    licenses @3 :List(UInt32);
    registeredAt @4 :Int64 = -0x8000000000000000 $Types.instant;
    phone @5 :PhoneStatus;
    phoneSavedAt @6 :Int64 = -0x8000000000000000 $Types.instant;
    phoneKeptUntil @7 :Int64 = -0x8000000000000000 $Types.instant;
  }
}

struct History {
  account @0 :Text;         # absent: the catalogue, of which `all` can be asked
  from @1 :UInt64;          # sequences from … to; 0: from the first, to the last
  to @2 :UInt64;
  minSequence @3 :UInt64;
  limit @4 :UInt32;         # events in this answer; 0: as many as the server likes
  asOf @12 :Int64 = -0x8000000000000000 $Types.instant;
  asOfSequence @13 :UInt64;
  knownAt @14 :Int64 = -0x8000000000000000 $Types.instant;
  effectiveFrom @15 :Int64 = -0x8000000000000000 $Types.instant;  # what took effect at or after …
  effectiveTo @16 :Int64 = -0x8000000000000000 $Types.instant;    # … and at or before
  backwards @17 :Bool;      # newest first: `limit` then counts from the end, and `next` is where to go on to
  follow @18 :Bool;         # of minSequence: wait until there is such an event, however long that takes
  explain @19 :Bool;        # the answer has timeZone and origins, too

  union {
    none @5 :Void;
    license @6 :UInt32;
    email @7 :Text;         # everyone who ever bore it
    invoice @8 :Text;
    actor @9 :Text;         # e-mail, or vendor, or ledger
    queue @10 :Text;
    order @11 :UInt32;
    request @20 :Text;      # with the rows of a bulk command: r-1/1, r-1/2 …
    all @21 :Void;          # every event of the account
    dispute @22 :UInt32;
  }
}

struct Events {
  entries @0 :Data;         # as entries of a block, in the order of their sequences or backwards, not always dense
  people @1 :List(Person);  # whom they name, unless an earlier message of the same request said so
  next @2 :UInt64;          # where to go on; 0: there is no more
  done @3 :Bool;            # the last message of this request
  opened @4 :List(Opened);  # what is sealed in them, unless it was erased

  # Of a history:
  seen @5 :UInt64;          # up to this event everything has been told, or will be told by the pages that follow
  timeZone @6 :Text;        # the account's
  origins @7 :List(Origin); # of the licenses and invoices that the events name
}

struct Origin {
  # Where licenses come from: of which invoice they are, and by which payment they were issued.
  first @0 :UInt32;     # the licenses first … first + quantity - 1; quantity 0: this is about the invoice itself
  quantity @1 :UInt32;
  invoice @2 :Text;
  reference @3 :Text;   # the payment's; absent: it is not paid, or who asks may not read invoices
  payment @4 :UInt64;   # the sequence of that; 0 where the reference is absent
}

struct Opened {
  # Sealed data of an event, in the clear.
  name @0 :Data;    # the first 12 bytes of the sealed field, which no other begins with
  text @1 :Text;
  key @2 :Data;     # in evidence: of its box alone, by which anybody can open it (engine/rules/seals.h)
}

struct Person {
  account @0 :Text;
  user @1 :UInt32;
  email @2 :Text;   # absent: erased
  since @3 :UInt64;  # in events after this sequence, up to the next row of the same person
}

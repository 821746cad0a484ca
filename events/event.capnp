@0xd0a5f0b4d0f1c3a7;
# What can happen. An event is stored once, in its canonical encoding, and never edited. How this schema may
# evolve is in README.md.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "types.capnp";

struct Event {
  sequence @0 :UInt64;                        # 1, 2, 3 … in the whole log, without gaps
  recordedAt @1 :Int64 $Types.instant;        # when the ledger wrote it
  effectiveAt @2 :Int64 $Types.instant;       # when it took effect
  principal @3 :Principal $Types.hidden;
  viaVendor @4 :Bool $Types.hidden;           # the vendor sent it in the user's name
  actor @5 :UInt32 $Types.hidden;             # the user, where the principal is one
  account @6 :Text;                           # absent in events of the catalogue

  # All members of the union share one pointer; it stands before the optional ones so that the canonical
  # encoding leaves those out where they are absent.
  union {
    none @7 :Void;

    accountOpened @8 :AccountOpened;
    importEnded @12 :ImportEnded;
    userRegistered @13 :UserRegistered;
    userRemoved @14 :UserNamed;
    emailChanged @15 :EmailChanged;
    roleGranted @16 :RoleChanged;
    roleRevoked @17 :RoleChanged;

    productDefined @18 :ProductDefined;
    productChanged @19 :ProductChanged;
    productRetired @20 :ProductRetired;

    invoiceIssued @21 :InvoiceIssued;
    invoicePaid @22 :InvoicePaid;
    invoiceVoided @23 :InvoiceVoided;
    licensesIssued @24 :LicensesIssued;
    licensesExpired @25 :LicensesExpired;
    notificationQueued @26 :NotificationQueued;

    licenseBound @27 :LicenseHeld;
    licenseUnbound @28 :LicenseHeld;

    queueCreated @29 :QueueCreated;
    queueDeleted @30 :QueueDeleted;
    queueMemberAdded @31 :QueueMember;
    queueMemberRemoved @32 :QueueMember;

    cardAdded @33 :CardAdded;
    cardRemoved @34 :CardRemoved;
    licensesRequested @35 :LicensesRequested;
    orderOverdue @36 :OrderNamed;
    orderFulfilled @37 :OrderNamed;
    orderCancelled @38 :OrderNamed;

    invoiceCredited @39 :InvoiceCredited;
    paymentReversed @40 :PaymentReversed;
    licensesRevoked @41 :LicensesRevoked;

    passwordChanged @42 :UserNamed;
    personErased @43 :PersonErased;

    phoneSaved @44 :PhoneSaved;
    phoneRetained @45 :PhoneRetained;
    phoneRestored @46 :UserNamed;
    phonePurged @47 :PhonePurged;

    notificationSent @48 :NotificationSent;

    disputeOpened @49 :DisputeOpened;
    evidenceAdded @50 :EvidenceAdded;
    disputeResolved @51 :DisputeResolved;
  }

  corrects @9 :UInt64 $Types.optional;        # the sequence of the event that this one corrects
  requestId @10 :Text;
  requestDigest @11 :Data $Types.hidden;      # keyed digest of the command, where it had a request id

  enum Principal {
    vendor @0;
    ledger @1;   # what fell due
    user @2;
  }
}

struct AccountOpened {
  name @0 :Text;
  timeZone @1 :Text;
  currency @2 :Text;
  importing @3 :Bool;
  language @4 :Types.Language;  # of people of whom nothing else is said
  disputeWindow @5 :Text;       # absent: a bill may be disputed for ever
}

struct ImportEnded {}

struct UserRegistered {
  user @0 :UInt32 $Types.hidden;
  key @3 :UInt64 $Types.hidden;  # the person's own
  email @1 :Data $Types.sealed;
  name @2 :Data $Types.sealed;
  language @4 :Types.Language;
}

struct UserNamed {
  user @0 :UInt32 $Types.person("email");
}

struct EmailChanged {
  user @0 :UInt32 $Types.person("email");
  key @2 :UInt64 $Types.hidden;  # the person's own
  newEmail @1 :Data $Types.sealed;
}

struct PersonErased {
  # Their key is destroyed: what was sealed with it cannot be read any more.
  user @0 :UInt32 $Types.person("email");
  key @1 :UInt64 $Types.hidden;
  disputeKeys @2 :List(UInt64) $Types.hidden;  # of disputes that concern them: destroyed as well
}

struct RoleChanged {
  user @0 :UInt32 $Types.person("email");
  role @1 :Types.Role;
}

struct ProductDefined {
  sku @0 :Text;
  name @1 :Text;
  type @2 :Text;
  features @3 :List(Text);
  term @4 :Text;
  unitPrice @5 :Types.Money;
  billing @6 :Types.Billing;
  keepsPhone @7 :Bool;
}

struct ProductChanged {
  # The product as it is from now on.
  sku @0 :Text;
  name @1 :Text;
  features @2 :List(Text);
  unitPrice @3 :Types.Money;
}

struct ProductRetired {
  sku @0 :Text;
}

struct InvoiceIssued {
  invoice @0 :Text;
  raisedBy @1 :UInt32 $Types.person("raisedBy");
  order @4 :UInt32 $Types.optional;  # that it was raised for
  total @2 :Types.Money;
  lines @3 :List(Line);

  struct Line {
    # Copied from the catalogue where the command did not say otherwise: later changes there touch nothing.
    sku @0 :Text;
    type @1 :Text;
    billing @2 :Types.Billing;
    quantity @3 :UInt32;
    unitPrice @4 :Types.Money;   # absent where the line was given as an amount
    amount @5 :Types.Money;      # of the whole line, in whole minor units
    term @6 :Text;               # absent where the line has an end of its own
    validUntil @7 :Int64 = -0x8000000000000000 $Types.instant;
  }
}

struct InvoicePaid {
  invoice @0 :Text;
  reference @1 :Text;
  amount @2 :Types.Money;
}

struct InvoiceVoided {
  invoice @0 :Text;
}

struct LicensesIssued {
  # The licenses first … first + quantity - 1.
  invoice @0 :Text;
  line @1 :UInt32;   # from 1
  sku @2 :Text;
  first @3 :UInt32;
  quantity @4 :UInt32;
  validFrom @5 :Int64 $Types.instant;
  validUntil @6 :Int64 $Types.instant;
}

struct LicensesExpired {
  # All of first … first + quantity - 1 end. They were issued together; where some of a line's licenses were revoked
  # before, each run between those has an event of its own.
  invoice @0 :Text;
  line @1 :UInt32;
  sku @2 :Text;
  first @3 :UInt32;
  quantity @4 :UInt32;
}

struct NotificationQueued {
  # A letter to one person. What it lists is what the ledger had at this event.
  user @0 :UInt32 $Types.person("email");
  letter @2 :Types.Letter;
  invoice @1 :Text;               # paymentRecorded: the one that was paid
  daysLeft @3 :UInt32 $Types.optional;  # termEnds: of what is left, the first ends so many times 24 h after this event,
  endsOn @4 :Text;                # on this day of the account's calendar (2027-02-28),
  endsBy @5 :Int64 = -0x8000000000000000 $Types.instant;  # of which this is the last instant: it is about all of that day
}

struct NotificationSent {
  # The letter was taken by a mail server, or lies in the outbox. recordedAt is when; effectiveAt does not move on.
  user @0 :UInt32 $Types.person("email");
  notification @1 :UInt64;        # the sequence of what queued it
}

struct LicenseHeld {
  license @0 :UInt32;
  sku @2 :Text;
  user @1 :UInt32 $Types.person("email");
}

struct QueueCreated {
  queue @0 :Text;
  kind @1 :Types.QueueKind;
}

struct QueueDeleted {
  # Its members have left before it, in the same commit.
  queue @0 :Text;
}

struct QueueMember {
  queue @0 :Text;
  user @1 :UInt32 $Types.person("email");
  role @2 :Types.QueueRole;
}

struct CardAdded {
  token @0 :Text;
  last4 @1 :Text;
  expires @2 :Text;
}

struct CardRemoved {
  token @0 :Text;
  last4 @1 :Text;
}

struct LicensesRequested {
  # An order: the vendor has until `due` to see that the licenses are issued.
  order @0 :UInt32;
  user @1 :UInt32 $Types.person("email");  # to whom its one license will be bound; 0: to nobody
  sku @2 :Text;
  quantity @3 :UInt32;
  due @4 :Int64 $Types.instant;
}

struct OrderNamed {
  order @0 :UInt32;
}

struct InvoiceCredited {
  invoice @0 :Text;
  line @1 :UInt32;      # from 1
  quantity @2 :UInt32;
  amount @3 :Types.Money;
  reason @4 :Text;
  dispute @5 :UInt32 $Types.optional;
}

struct PaymentReversed {
  invoice @0 :Text;
  reason @1 :Text;
}

struct LicensesRevoked {
  # The licenses first … first + quantity - 1: free ones, or one that was bound.
  invoice @0 :Text;
  line @1 :UInt32;
  sku @2 :Text;
  first @3 :UInt32;
  quantity @4 :UInt32;
  user @5 :UInt32 $Types.person("email");  # who loses access; 0: nobody
}

struct PhoneSaved {
  user @0 :UInt32 $Types.person("email");
  key @1 :UInt64 $Types.hidden;  # the configuration's own: the same for all that is saved until it is purged
  config @2 :Data $Types.sealed;
}

struct PhoneRetained {
  # They have no license any more that a phone needs; what was saved is kept until then.
  user @0 :UInt32 $Types.person("email");
  until @1 :Int64 $Types.instant;
}

struct PhonePurged {
  # The configuration's key is destroyed: no version of it can be read any more.
  user @0 :UInt32 $Types.person("email");
  key @1 :UInt64 $Types.hidden;
}

struct DisputeOpened {
  dispute @0 :UInt32;
  invoice @1 :Text;                      # absent: the line is of a bill, and of which invoice is not said
  line @2 :UInt32 $Types.optional;       # of the invoice
  key @3 :UInt64 $Types.hidden;          # the dispute's own
  claim @4 :Data $Types.sealed;
  bill @5 :Bill;                         # absent: only the invoice's line is disputed
  first @6 :UInt32 $Types.optional;      # the dispute by which this line was disputed first
  concerns @7 :List(UInt32) $Types.hidden;  # people whose addresses its texts have, in the order of their ids

  struct Bill {
    sha256 @0 :Text;
    row @1 :UInt32;
    text @2 :Data $Types.sealed;
    date @3 :Text;
    layout @4 :Text;       # how the text is to be read, as whoever opened the dispute says
  }
}

struct EvidenceAdded {
  dispute @0 :UInt32;
  key @1 :UInt64 $Types.hidden;
  note @2 :Data $Types.sealed;
  sha256 @3 :Text;
  concerns @4 :List(UInt32) $Types.hidden;
}

struct DisputeResolved {
  dispute @0 :UInt32;
  key @1 :UInt64 $Types.hidden;
  verdict @2 :Text;
  note @3 :Data $Types.sealed;
  concerns @4 :List(UInt32) $Types.hidden;
}

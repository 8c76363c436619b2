extension Subcommand {
  static let data = Subcommand(
    .data, "make test data: synthetic records, masked copies of real ones with a proof, datasets",
    arguments: [Argument("generate|mask|verify|add|list|get|log"), Argument("WHAT", .any, completes: .file)],
    options: [
      .rules, .key, .environment, .outputFile, .rows, .seed, .dataFormat, .dataParent, .dataNote, .json,
    ],
    details: """
      generate SCHEMA.json          records of a schema; the same --seed gives the same bytes on every machine
      mask FILE --rules RULES.json  a copy in which values are pseudonyms; of CSV (.csv, .tsv), JSON lines, or a
                                    dump of PostgreSQL (.sql): rows of COPY and of INSERT
      verify MASKED ORIGINAL --rules RULES.json
                                    proves that nothing of the original is left in its masked copy, or tells where
                                    it is, without saying what
      add NAME FILE                 a version of a dataset, encrypted, in .baton/data; --parent says of which it was made
      list [NAME]                   versions: number, digest, size, when, by whom, of what
      get NAME[@VERSION] [-o FILE]  a version's content, checked against its digest; VERSION is a number or the
                                    beginning of a digest. In a step without -o: into the folder of the run, which
                                    loses it when the run has succeeded or was cancelled; its path is printed
      log [NAME]                    who took out which version, in which run and step

      RULES.json says what is done with each column: {"columns": {"id": "shape", "email": "email", "name":
      "name", "born": {"date": 90, "by": "id"}, "note": "text", "country": "keep"}}. All are named, or "*".
      shape    letters become letters, digits digits; different inputs, different pseudonyms
      email    the same for addresses, in domains that nobody has (.example)
      name     other names          token    32 hexadecimal digits
      date     moved by up to so many days; with "by" all dates of one value of that column by the same
      text     addresses, numbers of five digits and more, and what the row's other columns hold are replaced
      redact, empty, keep           ***, nothing, as it is
      Columns of a dump are named TABLE.COLUMN; TABLE.* stands for a table's others. Names in an object of
      JSON that are data: {"scores": {"keys": "email", "values": "keep"}}.

      Under one key the same input has the same pseudonym, in all files and columns: what refers to each
      other still does. The key is the secret that --key names (default: MASK_KEY), of 16 bytes and more:
      who has it can test guesses, who has it not learns nothing. Files are read in constant memory.
      Datasets are under the secret DATA_KEY, or that of --key (XChaCha20-Poly1305).

      SCHEMA.json: {"rows": 1000, "edge_cases": 0.02, "fields": [{"name": "id", "kind": "sequence"}, {"name":
      "name", "kind": "name"}, {"name": "email", "kind": "email", "from": "name"}, {"name": "born", "kind": "date",
      "min": "1950-01-01", "max": "2005-12-31"}, {"name": "plan", "kind": "choice", "of": ["free", "pro"]}]}.
      Kinds: sequence, integer, decimal, boolean, choice, first_name, last_name, name, email, street, city,
      postcode, country, phone, date, uuid, text, pattern. edge_cases: the share of odd texts; "empty" of a field:
      the share of records that have none.
      """,
    examples: [
      Example("baton data generate people.json --rows 1000 --seed 7 -o people.csv", "the same everywhere"),
      Example("baton data mask people.csv --rules rules.json -o masked.csv", "with the secret MASK_KEY"),
      Example("baton data verify masked.csv people.csv --rules rules.json", "ends with 1 where something is left"),
      Example("baton data add customers masked.csv --note 'export of May'", "the next version"),
      Example("baton data get customers@2 -o customers.csv", "what it was then"),
    ], exitCodes: [1])
}

extension Option {
  public static let rules = Option(
    "rules", value: "FILE", completes: .file, "mask, verify: what is done with each column")
  public static let key = Option(
    "key", value: "NAME", completes: .secret, "the secret that is the key (default: MASK_KEY; of datasets DATA_KEY)")
  public static let dataParent = Option(
    "parent", value: "VERSION", arity: .repeated, "add: the version of a dataset that it was made of; may be repeated")
  public static let dataNote = Option("note", value: "TEXT", "add: what is to be known of it")
  public static let rows = Option("rows", value: "N", "generate: how many records (default: what the schema says)")
  public static let seed = Option("seed", value: "N", "generate: which records (default: 1)")
  public static let dataFormat = Option(
    "format", value: "FORM", choices: ["csv", "jsonl", "sql"],
    "csv, jsonl, or sql: a dump of pg_dump (default: by the file's name)")
}

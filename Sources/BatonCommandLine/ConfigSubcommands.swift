extension Subcommand {
  static let config = Subcommand(
    .config, "look at baton.json: what it says in an environment, and whether it is right",
    arguments: [Argument("validate|show|schema")], options: [.environment, .origin, .json],
    details: """
      validate   every mistake of baton.json as file:line:column with its path, in all environments; in the
                 one that --env names, or else the chosen one, also what needs variables that are not set
      show       the values of one environment: what runs, scripts (config.NAME, flags.NAME, env.NAME) and
                 steps get. --origin tells the line, the environment and the variables of each
      schema     the JSON Schema of baton.json, for editors: what validate checks by

      {"environment": "dev", "config": {"url": "http://localhost:${PORT:-8080}"}, "flags": {"new": false},
       "env": {"LOG": "debug"}, "secrets": ["env", "store"], "jobs": 4, "resources": {"browser": 2},
       "environments": {"staging": {"config": {"url": "https://staging.example.com"}},
                        "prod": {"extends": "staging", "flags": {"new": true}}}}

      An environment has what stands outside of environments, then what the one that it extends says, then
      its own: objects key by key, anything else as a whole. It is chosen by --env, $BATON_ENV or
      "environment"; steps find its name in $BATON_ENV. Texts of config, env, flags, jobs, resources and
      secrets may have ${VAR}, ${VAR:-default}, ${VAR:?why}; $$ is a $. {"secret": "NAME"} stands for a
      secret: it reaches steps alone. A run records what it was given, and is resumed with the same.
      """,
    examples: [
      Example("baton config validate", "all of it"),
      Example("baton config show --env prod --origin", "each value of an environment, and where it is from"),
      Example("baton config schema > baton.schema.json", "then: {\"$schema\": \"./baton.schema.json\"}"),
    ])

  static let secret = Subcommand(
    .secret, "keep secrets in an encrypted file, and see where secrets come from",
    arguments: [Argument("set|get|list|remove|key"), Argument("NAME", .optional, completes: .secret)],
    options: [.environment, .fromFile, .json],
    details: """
      set NAME      asks for the value (or reads it from standard input, or --from FILE) and puts it into the
                    store, baton.secrets beside baton.json, which is made with the first one
      get NAME      prints what a run would be given for secret "NAME"
      list          the names that the store and files have, and where each comes from
      remove NAME   takes it out of the store
      key           prints the key of the store, for others who need it

      Each value is encrypted by itself (XChaCha20-Poly1305); names can be read, so that the file can stand
      in version control. The key is made with the store, in ~/.config/baton/keys, or is $BATON_SECRET_KEY.

      "secrets" of baton.json says where secrets are looked for, in order; without it ["env", "store"]:
      "env"                                            environment variables
      "store", {"store": "prod.secrets"}               the encrypted file, or another one
      {"file": "local.env"}                            lines NAME=value, or a JSON object
      {"command": ["pass", "show", "shop/{name}"]}     a program that prints it; no shell
      """,
    examples: [
      Example("baton secret set DB_PASSWORD", "then, in a script: secret \"DB_PASSWORD\""),
      Example("baton secret set TLS_KEY --from key.pem", "of several lines"),
      Example("baton secret list --env prod", "what the environment has"),
    ])
}

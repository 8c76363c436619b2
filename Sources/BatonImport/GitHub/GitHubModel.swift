import BatonModel

/// A workflow of GitHub Actions, as far as it matters here.
struct GitHubWorkflow {
  struct Input {
    var name: String
    var type: String
    var fallback: Node?
    var options: [String]
    var description: String?
    var isRequired: Bool
    /// Whether other workflows give it: then its default may be an expression.
    var isGivenByCalls: Bool
  }

  var name: String
  /// The events that start it, with what is said of each.
  var events: [(name: String, detail: Node?)] = []
  var schedules: [String] = []
  var inputs: [Input] = []
  var env: [Node.Entry] = []
  var defaults = GitHubDefaults()
  var jobs: [GitHubJob] = []
  var notes = Notes()
}

/// `defaults.run`.
struct GitHubDefaults {
  var shell: String?
  var folder: String?
}

struct GitHubJob {
  var id: String
  var mark: Mark
  var path: String { "jobs.\(id)" }
  var name: String?
  var needs: [String] = []
  var condition: Node?
  var runsOn: Node?
  var env: [Node.Entry] = []
  var defaults = GitHubDefaults()
  var matrix: Node?
  var failFast = true
  var mostParallel: Int64?
  var steps: [GitHubStep] = []
  var outputs: [Node.Entry] = []
  var minutes: Node?
  var continueOnError: Node?
  var container: Node?
  var services: Node?
  /// A reusable workflow.
  var uses: Node?
  var with: [Node.Entry] = []
}

struct GitHubStep {
  var mark: Mark
  var path: String
  var id: String?
  var name: String?
  var condition: Node?
  var run: Node?
  var shell: String?
  var folder: Node?
  var env: [Node.Entry] = []
  var uses: Node?
  var with: [Node.Entry] = []
  var minutes: Node?
  var continueOnError: Node?

  /// Whether later steps can't be sure of what it emits, or go on when it fails.
  var isConditional: Bool { condition != nil || continueOnError != nil }
}

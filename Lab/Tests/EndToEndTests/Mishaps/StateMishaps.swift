import Foundation
import LabKit
import Testing
import Trials

extension Mishap {
    /// What may be wrong with the state file, or with others that use it.
    static let inState = [
        inFolder(
            "the state file is torn", status: 65, says: "the state file ends in the middle",
            advises: "cluster.rkestate.bak", place: ("cluster.rkestate", nil)
        ) { user in
            try user.edit("cluster.rkestate") { String($0.prefix($0.count / 2)) }
        },
        inFolder(
            "the state file is empty", status: 65, says: "the state file is empty",
            advises: "cluster.rkestate.bak", place: ("cluster.rkestate", nil)
        ) { try $0.write("", to: "cluster.rkestate") },
        inFolder(
            "the state file is another cluster's", status: 3,
            says: "the state file belongs to another cluster", advises: "Nothing was touched"
        ) { user in
            try user.editJournal { journal in
                journal["clusterUID"] = "9e3d1c5a-0000-4000-8000-000000000000"
            }
        },
        inFolder(
            "a newer program wrote the state file", status: 3, says: "a newer orchestrator",
            advises: "Install the version that wrote it", place: ("cluster.rkestate", nil)
        ) { user in
            try user.editJournal { journal in journal["version"] = 99 }
        },
        Mishap(
            name: "another run holds the lock", status: 3, says: "another run is under way",
            advises: "Wait for it to end"
        ) { user in
            let file = open(user.stateFile + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            try #require(file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
            return { close(file) }
        },
    ]
}

extension Operator {
    /// Changes our member of the state file, or makes the least one that there can be.
    func editJournal(_ change: (inout [String: Any]) -> Void) throws {
        try editState { state in
            let least: [String: Any] = ["version": 1, "keys": [Any](), "history": [Any]()]
            var journal = state["orchestrator"] as? [String: Any] ?? least
            change(&journal)
            state["orchestrator"] = journal
        }
    }
}

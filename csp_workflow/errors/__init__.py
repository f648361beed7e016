"""Everything that can go wrong, in one tree; each error knows its code and the exit code of the console.

WorkflowError
├── BadInput (2)
│   ├── UnknownName
│   ├── AmbiguousCountry
│   ├── BadPayload
│   ├── BadPartner
│   ├── BadReference
│   ├── BadInstant
│   ├── NoPolicy
│   ├── TimeGoesBack
│   ├── InTheFuture
│   ├── BadTarget
│   ├── BadAnchor
│   ├── Misuse
│   ├── DefinitionError
│   ├── ScenarioError
│   └── BadFile
├── TransitionRefused (3)
├── NotFound (4)
├── Conflict (5)
│   ├── Duplicate
│   ├── StaleVersion
│   ├── StaleRevision
│   └── KeyReused
└── StorageError (6)
    ├── StorageUnavailable
    ├── StorageDamaged
    ├── CaseStranded
    ├── StorageOutdated
    └── StorageNewer
"""

from csp_workflow.errors.answers import (
    Conflict,
    Duplicate,
    KeyReused,
    NotFound,
    StaleRevision,
    StaleVersion,
    TransitionRefused,
)
from csp_workflow.errors.base import WorkflowError
from csp_workflow.errors.requests import (
    AmbiguousCountry,
    BadAnchor,
    BadFile,
    BadInput,
    BadInstant,
    BadPartner,
    BadPayload,
    BadReference,
    BadTarget,
    DefinitionError,
    InTheFuture,
    Misuse,
    NoPolicy,
    ScenarioError,
    TimeGoesBack,
    UnknownName,
)
from csp_workflow.errors.storage import (
    CaseStranded,
    StorageDamaged,
    StorageError,
    StorageNewer,
    StorageOutdated,
    StorageUnavailable,
)

__all__ = [
    "AmbiguousCountry",
    "BadAnchor",
    "BadFile",
    "BadInput",
    "BadInstant",
    "BadPartner",
    "BadPayload",
    "BadReference",
    "BadTarget",
    "CaseStranded",
    "Conflict",
    "DefinitionError",
    "Duplicate",
    "InTheFuture",
    "KeyReused",
    "Misuse",
    "NoPolicy",
    "NotFound",
    "ScenarioError",
    "StaleRevision",
    "StaleVersion",
    "StorageDamaged",
    "StorageError",
    "StorageNewer",
    "StorageOutdated",
    "StorageUnavailable",
    "TimeGoesBack",
    "TransitionRefused",
    "UnknownName",
    "WorkflowError",
]

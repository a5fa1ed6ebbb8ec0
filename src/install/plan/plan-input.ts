// The input of planning an installation.

import type { InitName } from "../services/registry.ts";
import type { ServiceCommand, ServiceDescription, ServiceFiles } from "../services/service.ts";
import type { Document } from "./documents.ts";
import type { Layout } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import type { InstallRequest } from "./request.ts";
import type { Owner } from "./steps.ts";
import type { TakeOverPlan } from "./take-over.ts";
import type { InstallWorld } from "./world.ts";

/** A service and its files, for one init system. */
export interface ServicePlan {
  readonly init: InitName;
  readonly description: ServiceDescription;
  readonly files: ServiceFiles;
}

export interface PlanInput {
  readonly request: InstallRequest;
  readonly layout: Layout;
  readonly world: InstallWorld;
  /** The owner of files of a user's installation. */
  readonly self: Owner;
  /** The running executable, and its path in the service. */
  readonly executable: { readonly from: string; readonly path: string; readonly sha256: string };
  /** null without `--boot`. */
  readonly service: ServicePlan | null;
  /** The configuration of the daemon, its control server, and whether that answers now. */
  readonly config: {
    readonly path: string;
    readonly server: string | null;
    readonly answers: boolean;
  };
  /** Texts of files that are created if they are missing; null: not needed. */
  readonly defaults: { readonly config: string | null; readonly environment: string | null };
  /** The manual and completions; undefined: what an earlier installation put there stays. */
  readonly documents?: readonly Document[];
  readonly takeOver: TakeOverPlan | null;
  /** Keeps a configuration that belongs to the package of Supervisor; undefined: nothing to keep. */
  readonly keepConfig?: ServiceCommand;
  /** Whether the service is from a package; undefined: according to the manifest. */
  readonly isPackaged?: boolean;
  /** The init system that runs the package's service, without `--boot`. */
  readonly packagedInit?: InitName | null;
  /** The present configuration of the service; undefined: the requested one. */
  readonly runsWith?: string;
  readonly previous: Manifest | null;
  /** Installations of other names. */
  readonly others: readonly Manifest[];
}

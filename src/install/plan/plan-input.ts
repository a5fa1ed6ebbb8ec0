// What an installation is planned from.

import type { InitSystem } from "./init-system.ts";
import type { Layout } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import type { InstallRequest } from "./request.ts";
import type { ServiceDescription, ServiceFiles } from "./service.ts";
import type { Owner } from "./steps.ts";
import type { TakeOverPlan } from "./take-over.ts";
import type { InstallWorld } from "./world.ts";

/** A service and its files, for one init system. */
export interface ServicePlan {
  readonly init: InitSystem;
  readonly description: ServiceDescription;
  readonly files: ServiceFiles;
}

export interface PlanInput {
  readonly request: InstallRequest;
  readonly layout: Layout;
  readonly world: InstallWorld;
  /** Who owns files of a user's own installation. */
  readonly self: Owner;
  /** The executable that runs now, and where the service will run it from. */
  readonly executable: { readonly from: string; readonly path: string; readonly sha256: string };
  /** null without `--boot`. */
  readonly service: ServicePlan | null;
  /** The configuration that the daemon runs with, its control server, and whether that answers now. */
  readonly config: {
    readonly path: string;
    readonly server: string | null;
    readonly answers: boolean;
  };
  /** Texts of files that are made when they are missing; null: not needed. */
  readonly defaults: { readonly config: string | null; readonly environment: string | null };
  readonly takeOver: TakeOverPlan | null;
  /** A package has brought the service; when it is not said, what the record says. */
  readonly isPackaged?: boolean;
  /** What runs the package's service, where `--boot` was not asked for. */
  readonly packagedInit?: InitSystem | null;
  /** The configuration that the service would run with as it is now; unsaid: the wanted one. */
  readonly runsWith?: string;
  readonly previous: Manifest | null;
  /** Installations of other names. */
  readonly others: readonly Manifest[];
}

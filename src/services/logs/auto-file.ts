// An AUTO file before and after it is there.

/**
 * Named when its group is added, made when its program first starts. Until then it reads as an empty file.
 * @remarks Created with O_EXCL, because every user may write to the directory (often /tmp).
 */
export interface AutoFile {
  exists: boolean;
}

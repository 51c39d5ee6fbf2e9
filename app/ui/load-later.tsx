'use client';

import { type ComponentType, lazy } from 'react';

/** A component that is loaded when it is first shown. If it cannot be loaded, it says so. */
export const loadLater = <Props extends object>(load: () => Promise<ComponentType<Props>>) =>
  lazy<ComponentType<Props>>(() =>
    load().then(
      (component) => ({ default: component }),
      () => ({ default: NotLoaded }),
    ),
  );

const NotLoaded = () => <p role="alert">The server did not answer. Load the page again.</p>;

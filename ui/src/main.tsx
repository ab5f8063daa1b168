/** Starts the application: theme, live picture, and the page. */

import { MantineProvider } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { start } from './api/live.ts';
import { Shell } from './shell/shell.tsx';
import { startTheme, useTheme } from './theme/theme.ts';
import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/Input.css';
import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Combobox.css';
import '@mantine/core/styles/Popover.css';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/CloseButton.css';
import './theme/tokens.css';
import './theme/page.css';
import './theme/parts.css';
import './theme/map.css';

startTheme();

/** Mantine writes its variables as a style element unless told not to; the page's content policy allows files only. */
function Themed(): React.ReactNode {
  const theme = useTheme();
  return <MantineProvider withCssVariables={false} withGlobalClasses={false} forceColorScheme={theme}><Shell /></MantineProvider>;
}

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(<Themed />);
start();

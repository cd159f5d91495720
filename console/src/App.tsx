/** Which page is at which address. Whoever is not signed in sees the sign-in, and then the page they came for. */

import ErrorBoundary from "@cloudscape-design/components/error-boundary";
import I18nProvider from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import Spinner from "@cloudscape-design/components/spinner";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes, useLocation } from "react-router-dom";
import { FlashesProvider } from "./Flashes";
import { SignIn } from "./pages/SignIn";
import { BASE } from "./paths";
import { SessionProvider, useSession } from "./SignedIn";

const Alarms = lazy(() => import("./pages/Alarms"));
const CacheCluster = lazy(() => import("./pages/CacheCluster"));
const Caches = lazy(() => import("./pages/Caches"));
const ControlPlane = lazy(() => import("./pages/ControlPlane"));
const CreateCache = lazy(() => import("./pages/CreateCache"));
const Dashboard = lazy(() => import("./pages/Dashboard"));
const Events = lazy(() => import("./pages/Events"));
const NotFound = lazy(() => import("./pages/NotFound"));
const ParameterGroup = lazy(() => import("./pages/ParameterGroup"));
const ParameterGroups = lazy(() => import("./pages/ParameterGroups"));
const ReplicationGroup = lazy(() => import("./pages/ReplicationGroup"));
const ServiceUpdates = lazy(() => import("./pages/ServiceUpdates"));
const SubnetGroups = lazy(() => import("./pages/SubnetGroups"));
const UserGroups = lazy(() => import("./pages/UserGroups"));
const Users = lazy(() => import("./pages/Users"));

const queries = new QueryClient({
  defaultOptions: {
    // A browser without a network still reaches an Elastane on its own machine.
    queries: { retry: false, networkMode: "always", staleTime: 500, gcTime: 60_000 },
    mutations: { retry: false, networkMode: "always" },
  },
});

export function App() {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <FlashesProvider>
            <BrowserRouter basename={BASE}>
              <SignedInPages />
            </BrowserRouter>
          </FlashesProvider>
        </SessionProvider>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function SignedInPages() {
  const { signedIn } = useSession();
  const { pathname } = useLocation();
  if (signedIn === null) return <SignIn />;
  return (
    // A page that fails is told of, and leaves the way to the others; the browser has written the error down by itself.
    <ErrorBoundary key={pathname} onError={() => {}} i18nStrings={FAILED}>
      {/* A change of region begins every page anew: nothing of one region stands beside another's. */}
      <Suspense key={signedIn.region} fallback={<Spinner size="large" />}>
        <Routes>
          <Route path="/" element={<Dashboard />} />
          <Route path="/caches" element={<Caches />} />
          <Route path="/caches/create" element={<CreateCache />} />
          <Route path="/replication-groups/:id" element={<ReplicationGroup />} />
          <Route path="/cache-clusters/:id" element={<CacheCluster />} />
          <Route path="/parameter-groups" element={<ParameterGroups />} />
          <Route path="/parameter-groups/:name" element={<ParameterGroup />} />
          <Route path="/subnet-groups" element={<SubnetGroups />} />
          <Route path="/users" element={<Users />} />
          <Route path="/user-groups" element={<UserGroups />} />
          <Route path="/events" element={<Events />} />
          <Route path="/alarms" element={<Alarms />} />
          <Route path="/service-updates" element={<ServiceUpdates />} />
          <Route path="/control-plane" element={<ControlPlane />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </ErrorBoundary>
  );
}

const FAILED = {
  headerText: "This page failed",
  descriptionText:
    "Load it anew. If Elastane was upgraded while it was open, that brings the new console; caches are not touched by it.",
  refreshActionText: "Load it anew",
};

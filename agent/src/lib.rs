//! iRoam agent
